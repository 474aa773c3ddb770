"""Every exception that the program raises on purpose.

TradeoffsError
├── RequestError        the request names something that cannot be: field, value, valid values
│   └── TooMany         one session has started as much as it may for now
├── HistoryError        the history could not be read or written
│   └── ReadOnly        a RequestError too: nothing may be started or changed here
└── RunError            a run that began and could not be finished; `kind` becomes its status
    ├── UnsupportedRun
    ├── OutOfMemory     carries needed and free bytes
    ├── LoadFailed
    ├── PhaseTimeout
    ├── RunCancelled
    └── WorkerLost
        └── NodeLost    the machine under the worker went with it
"""

from collections.abc import Iterable
from enum import StrEnum


class FailureKind(StrEnum):
    """How a run can end without a result."""

    UNSUPPORTED = "unsupported"
    OUT_OF_MEMORY = "out_of_memory"
    LOAD = "load"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    LOST = "lost"
    ERROR = "error"


class TradeoffsError(Exception):
    """Root of all errors raised on purpose; its text is fit to be shown to a person."""


class RequestError(TradeoffsError):
    """A request that cannot be carried out as written.

    `field` is the name of the spec's field (`batch_size`), `value` what was asked for, `reason`
    one sentence, `valid` the values that would do (empty where a range in `reason` says it).
    """

    def __init__(self, field: str, value: object, reason: str, valid: Iterable[str] = ()) -> None:
        self.field = field
        self.value = value
        self.reason = reason
        self.valid = tuple(valid)
        super().__init__(str(self))

    def __str__(self) -> str:
        shown = repr(str(self.value) if isinstance(self.value, str) else self.value)
        if len(shown) > 80:
            shown = f"{shown[:60]}… ({len(shown)} characters)"
        choices = f" Valid: {', '.join(self.valid)}." if self.valid else ""
        return f"{self.field}: {shown}: {self.reason}{choices}"


class HistoryError(TradeoffsError):
    """The history database could not be read or written; the message says why."""


class ReadOnly(RequestError, HistoryError):
    """Something was to be started or changed where that is refused; the message says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("read_only", "", reason)

    def __str__(self) -> str:
        return self.reason


class TooMany(RequestError):
    """A session has started as much as one may; the message says the limit and how to go on."""

    def __init__(self, reason: str) -> None:
        super().__init__("session", "", reason)

    def __str__(self) -> str:
        return self.reason


class RunError(TradeoffsError):
    """A run that ended without a result."""

    kind = FailureKind.ERROR


class UnsupportedRun(RunError):
    """The engine found, with the model in hand, that this cannot run; `field` is at fault."""

    kind = FailureKind.UNSUPPORTED

    def __init__(self, message: str, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class OutOfMemory(RunError):
    """More memory is needed than is free, in bytes; either may be unknown."""

    kind = FailureKind.OUT_OF_MEMORY

    def __init__(self, message: str, needed_bytes: int | None, free_bytes: int | None) -> None:
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes
        super().__init__(message)


class LoadFailed(RunError):
    """The model could not be loaded."""

    kind = FailureKind.LOAD


class PhaseTimeout(RunError):
    """A phase took longer than its deadline."""

    kind = FailureKind.TIMEOUT


class RunCancelled(RunError):
    """A person cancelled the run."""

    kind = FailureKind.CANCELLED


class WorkerLost(RunError):
    """The worker process ended in the middle of a run."""

    kind = FailureKind.LOST


class NodeLost(WorkerLost):
    """The node of a cluster that carried out a run is gone, or cannot be reached any more."""
