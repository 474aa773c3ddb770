"""GPUs as the driver tells of them, on a machine without any."""

from typing import Any

from tests.sample_machines import GIB


class FakeNvml:
    """As many GPUs as names are given, `GPU-0` and so on; a handle is a GPU's place."""

    class NVMLError(Exception):
        """There is no such GPU."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - NVML's own names
        return len(self._names)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index >= len(self._names):
            raise self.NVMLError
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:  # noqa: N802
        kind, _, place = uuid.partition("-")
        if kind != "GPU" or not place.isdigit():
            raise self.NVMLError
        return self.nvmlDeviceGetHandleByIndex(int(place))

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}"

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return self._names[handle]

    def nvmlDeviceGetMemoryInfo(self, _: int) -> Any:  # noqa: N802
        class Memory:
            total = 80 * GIB
            free = 78 * GIB

        return Memory

    def nvmlDeviceGetCudaComputeCapability(self, _: int) -> tuple[int, int]:  # noqa: N802
        return 9, 0

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802
        return "550.54"
