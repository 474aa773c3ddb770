"""From an exception to what is reported of it, without keeping its frames and their tensors."""

import re
import traceback

from core.errors import FailureKind, OutOfMemory, RequestError, RunError, UnsupportedRun
from core.jobs.protocol import RunCommand
from core.results.measured import Phase
from core.results.record import Record
from core.results.types import RunFailure, now

SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
CUDA_OUT_OF_MEMORY = "OutOfMemoryError"
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


class Fault(Record):
    """What an exception says, in plain values; holding it keeps nothing else alive."""

    kind: FailureKind
    message: str
    field: str | None = None
    needed_bytes: int | None = None
    free_bytes: int | None = None


class SideFailed(RunError):
    """A side of a pair failed in its own process, which told why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


def fault_of(error: BaseException, free_bytes: int) -> Fault:
    """Classify the error. `free_bytes` is the device's free memory as the error was caught."""
    if isinstance(error, SideFailed):
        return error.fault
    if isinstance(error, OutOfMemory):
        return Fault(
            kind=error.kind,
            message=str(error),
            needed_bytes=error.needed_bytes,
            free_bytes=error.free_bytes,
        )
    if isinstance(error, RequestError):
        return Fault(kind=FailureKind.UNSUPPORTED, message=str(error), field=error.field)
    if isinstance(error, RunError):
        field = error.field if isinstance(error, UnsupportedRun) else None
        return Fault(kind=error.kind, message=str(error), field=field)
    if is_out_of_memory(error):
        return _allocation_fault(error, free_bytes)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({last[0].name}, line {last[0].lineno})" if last else ""
    return Fault(kind=FailureKind.ERROR, message=f"{type(error).__name__}: {error}{where}")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed: CUDA's own error, which is known by its name so that no engine
    needs PyTorch for it, or the CPU allocator's RuntimeError.
    """
    if isinstance(error, MemoryError) or type(error).__name__ == CUDA_OUT_OF_MEMORY:
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in NO_MEMORY)


def failure_of(command: RunCommand, phase: Phase, fault: Fault) -> RunFailure:
    """How a run ended that raised in that phase."""
    return RunFailure(
        run_id=command.run_id,
        spec=command.spec,
        submitted_at=command.submitted_at,
        finished_at=now(),
        phase=phase,
        **fault.model_dump(),
    )


def ruins_process(error: BaseException) -> bool:
    """Whether the process cannot go on: after a CUDA error its context answers nothing more."""
    return "CUDA error" in str(error) and not is_out_of_memory(error)


def _allocation_fault(error: BaseException, free_bytes: int) -> Fault:
    needed = allocation_bytes(str(error))
    asked = f"{needed / 1e9:.2f} GB more" if needed is not None else "More memory"
    return Fault(
        kind=FailureKind.OUT_OF_MEMORY,
        message=f"{asked} was needed in one piece; {free_bytes / 1e9:.2f} GB were free.",
        needed_bytes=needed,
        free_bytes=free_bytes,
    )


def allocation_bytes(message: str) -> int | None:
    """The size in `you tried to allocate 123 bytes` or `Tried to allocate 20.00 GiB`."""
    match = re.search(r"tried to allocate ([\d.]+) (bytes|[KMGT]?i?B)", message, re.IGNORECASE)
    if match is None:
        return None
    unit = 1 if match[2] == "bytes" else SIZES[match[2]]
    return int(float(match[1]) * unit)
