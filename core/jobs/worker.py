"""What an executor asks of a worker, wherever it runs: on this machine or on a cluster's node."""

import queue
from typing import Protocol

from core.jobs.protocol import (
    CancelCommand,
    DropCommand,
    Failed,
    Finished,
    LoadEnded,
    PairEnded,
    Progress,
    Residents,
    Retiring,
    Task,
)

TaskEvent = Progress | Finished | Failed | PairEnded | LoadEnded | Retiring
Sent = Task | CancelCommand | DropCommand


class Worker(Protocol):
    """A process that carries out commands. `events` yields what it says of runs, then None when it
    has ended; `residents` is what it last said it holds; `retired` is whether it said that it will
    end.
    """

    events: "queue.Queue[TaskEvent | None]"
    residents: Residents | None
    retired: bool

    @property
    def alive(self) -> bool:
        """Whether it runs and has not said that it will end."""

    @property
    def killed_for_memory(self) -> bool:
        """Whether it was killed while the kernel's count of memory kills went up."""

    def send(self, command: Sent) -> None:
        """Send one command; a worker that is gone is noticed by the end of its events."""

    def describe_end(self) -> str:
        """How it ended. Raises NodeLost where the machine under it went with it, and OSError where
        it could not be started.
        """

    def end(self) -> None:
        """End it with all its children."""
