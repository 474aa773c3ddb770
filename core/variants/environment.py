"""This machine, as far as it decides what can run; read without importing torch."""

import importlib.metadata
import importlib.util
import os
import platform
import socket
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict, Field

from core.variants.engine_environment import EngineState, read_engines

RELEVANT_PACKAGES = (
    "torch",
    "transformers",
    "accelerate",
    "bitsandbytes",
    "torchao",
    "torch-tensorrt",
    "optimum-quanto",
    "hqq",
    "flash-attn",
    "flash-attn-3",
    "flash-attn-4",
    "streamlit",
    "pandas",
    "plotly",
)

CPU = "cpu"
VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"
NODE_VARIABLE = "TRADEOFFS_NODE"  # names a node of a cluster, for the processes on it
# Variables that set how many threads a worker computes with, and where they may run.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "OMP_DYNAMIC",
    "OMP_PROC_BIND",
    "OMP_PLACES",
    "MKL_NUM_THREADS",
    "MKL_DYNAMIC",
    "GOMP_CPU_AFFINITY",
    "KMP_AFFINITY",
)


class Device(BaseModel):
    """One device that can run a model. Memory in bytes; `compute_capability` only on CUDA."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    kind: str
    name: str
    memory_bytes: int
    free_bytes: int
    compute_capability: float | None = None
    driver: str | None = None


class Environment(BaseModel):
    """Devices, packages and host of this machine at one moment. `thread_settings` are the
    variables that set the threads of a CPU, those that are set; `engines` are those whose own
    environment is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    devices: tuple[Device, ...]
    packages: dict[str, str]
    python: str
    platform: str
    cpu_count: int
    thread_settings: dict[str, str] = Field(default_factory=dict)
    engines: dict[str, EngineState] = Field(default_factory=dict)

    def device(self, key: str) -> Device | None:
        """The device of that key (`cpu`, `cuda:0`), or None."""
        return next((device for device in self.devices if device.key == key), None)

    @property
    def default_device(self) -> str:
        """The first GPU where there is one, else the CPU."""
        return next((d.key for d in self.devices if d.kind == "cuda"), "cpu")

    def has(self, package: str) -> bool:
        """Whether a package is installed."""
        return package in self.packages


def read_environment() -> Environment:
    """Read this machine now; free memory is of this moment."""
    return Environment(
        devices=(*_cuda_devices(), _cpu_device()),
        packages=package_versions(),
        python=platform.python_version(),
        platform=platform.platform(),
        cpu_count=usable_cpus(),
        thread_settings=thread_settings(),
        engines=read_engines(),
    )


def thread_settings() -> dict[str, str]:
    """The variables that set threads, as this process has them and its workers inherit them."""
    return {name: os.environ[name] for name in THREAD_VARIABLES if os.environ.get(name)}


def usable_cpus() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def node_name() -> str:
    """This machine's name, or that of the cluster's node that this process belongs to."""
    return os.environ.get(NODE_VARIABLE) or socket.gethostname()


def _cpu_device() -> Device:
    memory = psutil.virtual_memory()
    return Device(
        key="cpu",
        kind="cpu",
        name=cpu_name(),
        memory_bytes=memory.total,
        free_bytes=memory.available,
    )


@cache
def cpu_name() -> str:
    """The processor's name as the operating system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


@cache
def package_versions() -> dict[str, str]:
    """Versions of the packages that matter here, those that are installed beside this program."""
    installed = {}
    for package in RELEVANT_PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed


def _cuda_devices() -> tuple[Device, ...]:
    """CUDA devices as the driver reports them, in the order that CUDA_VISIBLE_DEVICES leaves."""
    nvml = _nvml()
    if nvml is None:
        return ()
    driver = nvml.nvmlSystemGetDriverVersion()
    return tuple(
        _cuda_device(nvml, position, handle, driver)
        for position, handle in enumerate(visible_handles(nvml))
    )


def gpu_uuids(visible: str | None) -> tuple[str, ...]:
    """What the driver calls the GPUs that such a `CUDA_VISIBLE_DEVICES` leaves, in CUDA's
    numbering; a UUID is the same for all processes.
    """
    nvml = _nvml()
    if nvml is None:
        return ()
    return tuple(str(nvml.nvmlDeviceGetUUID(handle)) for handle in _handles(nvml, visible))


def _nvml() -> Any | None:
    """The driver's library, None where there is none."""
    if importlib.util.find_spec("pynvml") is None:
        return None
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


def visible_handles(nvml: Any) -> list[Any]:
    """NVML handles in CUDA's numbering: `CUDA_VISIBLE_DEVICES` hides and reorders devices."""
    return _handles(nvml, os.environ.get(VISIBLE_DEVICES))


def _handles(nvml: Any, visible: str | None) -> list[Any]:
    if visible is None:
        return [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
    handles = []
    for name in (part.strip() for part in visible.split(",")):
        try:
            handle = (
                nvml.nvmlDeviceGetHandleByIndex(int(name))
                if name.isdigit()
                else nvml.nvmlDeviceGetHandleByUUID(name)
            )
        except nvml.NVMLError:
            break
        handles.append(handle)
    return handles


def _cuda_device(nvml: Any, position: int, handle: Any, driver: str) -> Device:
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return Device(
        key=f"cuda:{position}",
        kind="cuda",
        name=nvml.nvmlDeviceGetName(handle),
        memory_bytes=int(memory.total),
        free_bytes=int(memory.free),
        compute_capability=major + minor / 10,
        driver=driver,
    )
