"""The state of machine and device around a measurement: load, clocks, power, other users."""

import contextlib
import os
import platform
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import psutil

from core.results.observed import Ceilings, DeviceState, RunEnvironment
from core.variants.environment import node_name, read_environment, usable_cpus, visible_handles

# A power cap is left out: a busy GPU is at its cap by design.
SLOWDOWNS = {
    "heat (set by the driver)": "nvmlClocksEventReasonSwThermalSlowdown",
    "heat (set by the hardware)": "nvmlClocksEventReasonHwThermalSlowdown",
    "its power supply": "nvmlClocksEventReasonHwPowerBrakeSlowdown",
}
REPOSITORY = Path(__file__).resolve().parents[2]


class Place(Protocol):
    """A device as far as its state is read: `cpu`, or `cuda` with its index."""

    @property
    def kind(self) -> str:
        """`cpu` or `cuda`."""

    @property
    def index(self) -> int:
        """Of a GPU, in CUDA's numbering."""

    def free_bytes(self) -> int:
        """Memory that new allocations can get, in bytes."""


class CpuShareWatch:
    """How much of the processors other processes used since the watch began, from 0 to 1. `beside`
    gives the processor seconds of a process that belongs to the measurement too.
    """

    def __init__(self, beside: Callable[[], float] = lambda: 0.0) -> None:
        self._beside = beside
        self._start = time.perf_counter()
        self._busy = _busy_seconds()
        self._own = self._own_seconds()

    def share(self) -> float | None:
        """Others' processor seconds over all processor seconds; None after under 50 ms."""
        wall = time.perf_counter() - self._start
        if wall < 0.05:
            return None
        others = (_busy_seconds() - self._busy) - (self._own_seconds() - self._own)
        return min(1.0, max(0.0, others / (wall * (psutil.cpu_count() or 1))))

    def _own_seconds(self) -> float:
        used = os.times()
        return used.user + used.system + self._beside()


def device_state(device: Place, watch: CpuShareWatch | None = None) -> DeviceState:
    """The state now; with a watch, also how busy others kept the processors since it began."""
    load, _, _ = psutil.getloadavg()
    gpu = _gpu_state(device.index) if device.kind == "cuda" else {}
    return DeviceState(
        load_average=load,
        other_cpu_share=watch.share() if watch else None,
        free_bytes=device.free_bytes(),
        **{"clock_mhz": _cpu_clock_mhz(), **gpu},
    )


def clock_mhz(device: Place) -> float | None:
    """The device's clock now: a GPU's, or that of the processor's fastest core."""
    if device.kind == "cuda":
        clock: float | None = _gpu_state(device.index).get("clock_mhz")
        return clock
    return _cpu_clock_mhz()


def run_environment(
    device_key: str,
    before: DeviceState,
    after: DeviceState,
    worker_replaced: str | None,
    ceilings: Ceilings | None,
) -> RunEnvironment:
    """Device and what it can do at most, versions, the states around a measurement, and why the
    worker is a new one.
    """
    environment = read_environment()
    found = environment.device(device_key)
    return RunEnvironment(
        device_name=found.name if found else device_key,
        driver=found.driver if found else None,
        host_name=node_name(),
        device_memory_bytes=found.memory_bytes if found else None,
        cpu_count=usable_cpus(),
        platform=platform.platform(),
        python=platform.python_version(),
        packages=environment.packages,
        commit=_commit(),
        thread_settings=environment.thread_settings,
        worker_replaced=worker_replaced,
        ceilings=ceilings,
        before=before,
        after=after,
    )


@cache
def _commit() -> str | None:
    """The program's own commit, where it runs from a git checkout."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
        return done.stdout.strip()
    return None


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guest)


def _cpu_clock_mhz() -> float | None:
    with contextlib.suppress(OSError, NotImplementedError):
        cores = psutil.cpu_freq(percpu=True) or ()
        return max((core.current for core in cores if core.current), default=None)
    return None


def _gpu_state(index: int) -> dict[str, Any]:
    """Clock, power, temperature and other processes of a GPU; what cannot be read is left out."""
    import pynvml

    state: dict[str, Any] = {}
    with contextlib.suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        handle = visible_handles(pynvml)[index]
        state["clock_mhz"] = pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)
        state["temperature_c"] = pynvml.nvmlDeviceGetTemperature(
            handle, pynvml.NVML_TEMPERATURE_GPU
        )
        # This process is one of them, though in a container under another number.
        running = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
        state["other_gpu_processes"] = max(0, len(running) - 1)
        state["power_w"] = pynvml.nvmlDeviceGetPowerUsage(handle) / 1000
        reasons = pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle)
        state["slowed_by"] = tuple(
            name for name, bit in SLOWDOWNS.items() if reasons & getattr(pynvml, bit)
        )
    return state
