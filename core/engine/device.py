"""The device a worker measures on: synchronising, clocks, memory, and giving memory back."""

import gc
import time
from collections.abc import Callable
from typing import Any

import torch

from core.engine.host_device import HostDevice


class CpuDevice(HostDevice):
    """The host processor, for PyTorch."""

    def __init__(self) -> None:
        self.torch_device = torch.device("cpu")
        super().__init__()

    def threads(self) -> int | None:
        """Threads that a matrix product uses."""
        return torch.get_num_threads()


class CudaDevice:
    """A CUDA device. Kernels run ahead of the host, so clocks are read after synchronising."""

    kind = "cuda"
    runtime_bytes: int | None = None

    def __init__(self, key: str) -> None:
        self.torch_device = torch.device(key)
        self.index = self.torch_device.index or 0
        torch.cuda.set_device(self.torch_device)
        torch.empty(1, device=self.torch_device)

    def synchronise(self) -> None:
        """Wait for all queued kernels."""
        torch.cuda.synchronize(self.torch_device)

    def stamp(self) -> Any:
        """An event in the stream; reading it waits until later, so stamping costs no stall."""
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def seconds_since(self, start: Any, stamps: list[Any]) -> tuple[float, ...]:
        """Stamps as seconds after the start, after one synchronisation."""
        self.synchronise()
        return tuple(start.elapsed_time(stamp) / 1000 for stamp in stamps)

    def free_bytes(self) -> int:
        """Memory of the device that is free or held unused by the allocator, in bytes."""
        free, _ = torch.cuda.mem_get_info(self.torch_device)
        reserved = torch.cuda.memory_reserved(self.torch_device)
        return int(free + reserved - torch.cuda.memory_allocated(self.torch_device))

    def used_bytes(self) -> int:
        """Bytes in live tensors."""
        return int(torch.cuda.memory_allocated(self.torch_device))

    def release(self) -> None:
        """Give freed memory back to the driver."""
        gc.collect()
        torch.cuda.empty_cache()

    def threads(self) -> int | None:
        """The host's threads decide nothing here."""
        return None


Device = CpuDevice | CudaDevice


def open_device(key: str) -> Device:
    """The device of that key, `cpu` or `cuda:N`."""
    return CpuDevice() if key == "cpu" else CudaDevice(key)


def timed(device: Device, work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the work, the device synchronised before each reading of the clock."""
    device.synchronise()
    start = time.perf_counter()
    value = work()
    device.synchronise()
    return time.perf_counter() - start, value
