"""The job manager: submit a spec, watch it, cancel it, read how it ended.

One per process. Pages and the command line speak to nothing else to get a run measured.
"""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from core.errors import HistoryError
from core.jobs.device_queue import DeviceQueue
from core.jobs.executor import Executor
from core.jobs.job import (
    End,
    Entry,
    Job,
    JobSnapshot,
    LoadJob,
    LoadSnapshot,
    RunJob,
    stored_picture,
)
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import (
    LoadCommand,
    PairCommand,
    Progress,
    Residents,
    RunCommand,
    Task,
)
from core.results.history import History
from core.results.load_outcome import LoadOutcome
from core.results.measured import Phase
from core.results.types import Outcome, now
from core.variants.environment import read_environment
from core.variants.load_order import LoadOrder, order_problems
from core.variants.pairing import PairPlan, pair_problems
from core.variants.request import problems
from core.variants.spec import RunSpec

WATCH_S = 0.2
Picture = TypeVar("Picture", JobSnapshot, LoadSnapshot)


class JobManager:
    """Queues runs per device and keeps their state; safe to call from any thread."""

    def __init__(
        self,
        history: History | None = None,
        make_executor: Callable[[str], Executor] = LocalExecutor,
    ) -> None:
        self.history = history or History()
        self._make_executor = make_executor
        self._queues: dict[str, DeviceQueue] = {}
        self._jobs: dict[str, RunJob] = {}
        self._loads: dict[str, LoadJob] = {}
        self._lock = threading.Lock()
        self._mark_lost()

    def __enter__(self) -> "JobManager":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def submit(self, spec: RunSpec) -> str:
        """Queue the spec and return its run id.

        Raises RequestError where the spec cannot run on this machine.
        """
        found = problems(spec, read_environment())
        if found:
            raise found[0]
        job = self._new_job(spec, now())
        self._enqueue((job,), _run_of(job))
        return job.run_id

    def submit_pair(self, a: RunSpec, b: RunSpec, plan: PairPlan) -> tuple[str, str]:
        """Queue two specs, which may be equal, to be measured in turns, and return the run ids of
        A and B. They have one place in the queue, and either's cancelling ends both.

        Raises RequestError where they cannot be measured so, the side in front of its field.
        """
        found = pair_problems(a, b, read_environment())
        if found:
            raise found[0]
        submitted_at = now()
        first, second = (self._new_job(spec, submitted_at) for spec in (a, b))
        task = PairCommand(a=_run_of(first), b=_run_of(second), plan=plan)
        self._enqueue((first, second), task)
        return first.run_id, second.run_id

    def submit_load(self, order: LoadOrder) -> str:
        """Queue a calibration or the serving of a load, and return its id. It is no run: how it
        ends is told here alone, and whoever asked must store it.

        Raises RequestError where it cannot be carried out on this machine.
        """
        found = order_problems(order, read_environment())
        if found:
            raise found[0]
        job = LoadJob(order=order, **_begun(now()))
        with self._lock:
            self._loads[job.run_id] = job
        self._queue(order.variant.device).add(Entry((job,), _load_of(job)))
        return job.run_id

    def load_snapshot(self, run_id: str) -> LoadSnapshot | None:
        """A load order of this process as it is now; None for an unknown id."""
        job = self._loads.get(run_id)
        return job.picture(self._place(job, job.order.variant.device)) if job else None

    def wait_load(
        self, run_id: str, on_change: Callable[[LoadSnapshot], None] | None = None
    ) -> LoadOutcome:
        """Wait until a load order of this process is over, as `wait` does."""
        return _waited_for(self._loads[run_id], self.load_snapshot, on_change)

    def snapshot(self, run_id: str) -> JobSnapshot | None:
        """The job as it is now, of this process or, from the history, of another one."""
        job = self._jobs.get(run_id)
        if job is None:
            return self._stored_snapshot(run_id)
        return job.picture(self._place(job, job.spec.variant.device))

    def active(self) -> tuple[JobSnapshot, ...]:
        """This process's jobs that are not over, oldest first."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.outcome is None]
        return tuple(snapshot for job in jobs if (snapshot := self.snapshot(job.run_id)))

    def unsaved(self) -> tuple[JobSnapshot, ...]:
        """Jobs that are over and that the history does not have."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.outcome and job.unsaved]
        return tuple(job.picture(None) for job in jobs)

    def save_again(self) -> None:
        """Try to store what could not be stored; raises HistoryError if it still cannot be."""
        for snapshot in self.unsaved():
            job = self._jobs[snapshot.run_id]
            if snapshot.outcome:
                self.history.finish(snapshot.outcome)
            with job.lock:
                job.unsaved = None

    def cancel(self, run_id: str) -> None:
        """Cancel a job of this process in whatever phase it is; does nothing once it is over."""
        run, load = self._jobs.get(run_id), self._loads.get(run_id)
        if run is not None and run.outcome is None:
            self._queue(run.spec.variant.device).cancel(run)
        if load is not None and load.outcome is None:
            self._queue(load.order.variant.device).cancel(load)

    def wait(self, run_id: str, on_change: Callable[[JobSnapshot], None] | None = None) -> Outcome:
        """Wait until a job of this process is over; `on_change` is told of each new picture."""
        return _waited_for(self._jobs[run_id], self.snapshot, on_change)

    def residents(self, device: str) -> Residents | None:
        """What that device's worker holds; None while it has not been started."""
        queue = self._queues.get(device)
        return queue.executor.residents() if queue else None

    def drop(self, device: str, variant_id: str) -> None:
        """Free a resident variant of that device's worker."""
        if device in self._queues:
            self._queues[device].executor.drop(variant_id)

    def close(self) -> None:
        """Cancel all jobs and end all workers."""
        for queue in list(self._queues.values()):
            queue.close()

    def _place(self, job: Job[Any], device: str) -> int | None:
        queued = job.phase is Phase.QUEUED
        return self._queue(device).place(job) if queued else None

    def _enqueue(self, jobs: tuple[RunJob, ...], task: Task) -> None:
        for job in jobs:
            try:
                self.history.add(job.run_id, job.spec, job.submitted_at)
            except HistoryError as error:
                job.unsaved = str(error)
        self._queue(task.device).add(Entry(jobs, task))

    def _new_job(self, spec: RunSpec, submitted_at: datetime) -> RunJob:
        job = RunJob(spec=spec, **_begun(submitted_at))
        with self._lock:
            self._jobs[job.run_id] = job
        return job

    def _queue(self, device: str) -> DeviceQueue:
        with self._lock:
            if device not in self._queues:
                executor = self._make_executor(device)
                self._queues[device] = DeviceQueue(device, executor, self.history)
            return self._queues[device]

    def _stored_snapshot(self, run_id: str) -> JobSnapshot | None:
        try:
            stored = self.history.get(run_id)
            if stored is not None and stored.outcome is None:
                self.history.mark_lost()
                stored = self.history.get(run_id)
            place = self.history.queue_place(run_id)
        except HistoryError:
            return None
        return stored_picture(stored, place) if stored else None

    def _mark_lost(self) -> None:
        try:
            self.history.mark_lost()
        except HistoryError:
            return


def _waited_for(
    job: Job[End],
    look: Callable[[str], Picture | None],
    on_change: Callable[[Picture], None] | None,
) -> End:
    """How the job ended; until then `on_change` is told of each new picture."""
    while not job.over.wait(WATCH_S if on_change else None):
        snapshot = look(job.run_id)
        if on_change and snapshot:
            on_change(snapshot)
    assert job.outcome is not None
    return job.outcome


def _begun(submitted_at: datetime) -> dict[str, Any]:
    """What every job begins with, by its names there."""
    run_id = f"{submitted_at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    progress = Progress(run_id=run_id, phase=Phase.QUEUED)
    return {"run_id": run_id, "submitted_at": submitted_at, "progress": progress}


def _load_of(job: LoadJob) -> LoadCommand:
    return LoadCommand(run_id=job.run_id, order=job.order)


def _run_of(job: RunJob) -> RunCommand:
    return RunCommand(run_id=job.run_id, spec=job.spec, submitted_at=job.submitted_at)
