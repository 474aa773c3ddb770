"""What a worker says, line by line: an event is handed on, and anything else ends the reading."""

import io
import logging
import queue
from typing import Any, cast

from core.jobs.protocol import Failed, Finished, Progress, Residents, Retiring
from core.jobs.worker_process import WorkerProcess
from core.results.measured import Phase
from tests.faults.fuzzing.mutation import mutated_json
from tests.faults.fuzzing.target import Target
from tests.samples import a_failure, a_result

logging.getLogger("core.jobs.worker_process").setLevel(logging.CRITICAL)


class Reader(WorkerProcess):
    """The reading end of a worker without a process."""

    def __init__(self) -> None:
        self.residents = None
        self.retired = False
        self.events = queue.Queue()


def feed(data: bytes) -> None:
    """Read it to its end, which is always told."""
    reader = Reader()
    cast(Any, reader)._read(io.BytesIO(data))
    last = None
    while not reader.events.empty():
        last = reader.events.get()
    assert last is None


SEEDS = tuple(
    event.model_dump_json().encode() + b"\n"
    for event in (
        Progress(run_id="run-1", phase=Phase.LOADING, done=1, total=2, detail="x"),
        Residents(budget_bytes=None),
        Finished(result=a_result()),
        Failed(failure=a_failure()),
        Retiring(reason="memory", redo_run_id=None),
    )
)
TARGET = Target(
    "worker_line", feed, SEEDS, ("type", "progress", "finished", "failed", "retiring"),
    mutated_json, longest=50_000, soak_runs=80_000,
)  # fmt: skip
