"""Honest machines for tests: devices, packages, and the environment of a run."""

from collections.abc import Iterable

from core.results.observed import DeviceState, RunEnvironment
from core.variants.environment import Device, Environment

GIB = 2**30
VERSIONS = {"torch": "2.13.0", "transformers": "5.23.0", "bitsandbytes": "0.50.2"}


def a_run_environment() -> RunEnvironment:
    """A quiet machine with two cores and no GPU: that of `an_environment`, while a run went on."""
    return RunEnvironment(
        device_name="Example CPU @ 2.00GHz",
        driver=None,
        cpu_count=2,
        platform="Linux-6.1-x86_64",
        python="3.11.9",
        packages=VERSIONS,
        commit="0123abc",
        thread_settings={},
        before=DeviceState(load_average=0.1, free_bytes=16 * GIB),
        after=DeviceState(load_average=1.9, free_bytes=15 * GIB),
    )


def a_cpu(free_bytes: int = 16 * GIB) -> Device:
    """A CPU of 24 GiB."""
    return Device(
        key="cpu",
        kind="cpu",
        name="Example CPU @ 2.00GHz",
        memory_bytes=24 * GIB,
        free_bytes=free_bytes,
    )


def a_gpu(key: str = "cuda:0", capability: float = 9.0) -> Device:
    """An H100 of 80 GB."""
    return Device(
        key=key,
        kind="cuda",
        name="NVIDIA H100 80GB HBM3",
        memory_bytes=80 * GIB,
        free_bytes=78 * GIB,
        compute_capability=capability,
        driver="550.54",
    )


def an_environment(
    *devices: Device, packages: Iterable[str] = ("torch", "transformers", "bitsandbytes")
) -> Environment:
    """A machine with these devices (by default one CPU) and these packages."""
    return Environment(
        devices=devices or (a_cpu(),),
        packages={name: VERSIONS.get(name, "1.0") for name in packages},
        python="3.11.9",
        platform="Linux-6.1-x86_64",
        cpu_count=2,
    )
