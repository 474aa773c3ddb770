"""The job manager: submit a spec, watch it, cancel it, read how it ended.

One per process. Pages and the command line speak to nothing else to get a run measured.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from core.errors import HistoryError
from core.jobs.device_queue import DeviceQueue
from core.jobs.executor import Executor
from core.jobs.job import Entry, Job, JobSnapshot
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import PairCommand, Progress, Residents, RunCommand
from core.results.history import History
from core.results.measured import Phase
from core.results.stored import StoredRun
from core.results.types import Outcome, now
from core.variants.environment import read_environment
from core.variants.pairing import PairPlan, pair_problems
from core.variants.request import problems
from core.variants.spec import RunSpec

WATCH_S = 0.2


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
        self._jobs: dict[str, Job] = {}
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
        self._enqueue(Entry((job,), _run_of(job)))
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
        self._enqueue(Entry((first, second), task))
        return first.run_id, second.run_id

    def snapshot(self, run_id: str) -> JobSnapshot | None:
        """The job as it is now, of this process or, from the history, of another one."""
        job = self._jobs.get(run_id)
        if job is None:
            return self._stored_snapshot(run_id)
        queued = job.progress.phase is Phase.QUEUED
        return job.picture(self._queue(job.spec.variant.device).place(job) if queued else None)

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
        job = self._jobs.get(run_id)
        if job is not None and job.outcome is None:
            self._queue(job.spec.variant.device).cancel(job)

    def wait(self, run_id: str, on_change: Callable[[JobSnapshot], None] | None = None) -> Outcome:
        """Wait until a job of this process is over; `on_change` is told of each new picture."""
        job = self._jobs[run_id]
        while not job.over.wait(WATCH_S if on_change else None):
            snapshot = self.snapshot(run_id)
            if on_change and snapshot:
                on_change(snapshot)
        assert job.outcome is not None
        return job.outcome

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

    def _enqueue(self, entry: Entry) -> None:
        for job in entry.jobs:
            try:
                self.history.add(job.run_id, job.spec, job.submitted_at)
            except HistoryError as error:
                job.unsaved = str(error)
        self._queue(entry.task.device).add(entry)

    def _new_job(self, spec: RunSpec, submitted_at: datetime) -> Job:
        run_id = f"{submitted_at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        job = Job(
            run_id=run_id,
            spec=spec,
            submitted_at=submitted_at,
            progress=Progress(run_id=run_id, phase=Phase.QUEUED),
        )
        with self._lock:
            self._jobs[run_id] = job
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
        return _picture_of(stored, place) if stored else None

    def _mark_lost(self) -> None:
        try:
            self.history.mark_lost()
        except HistoryError:
            return


def _run_of(job: Job) -> RunCommand:
    return RunCommand(run_id=job.run_id, spec=job.spec, submitted_at=job.submitted_at)


def _picture_of(stored: StoredRun, place: int | None) -> JobSnapshot:
    """A job of another process, or of an earlier one, as the history tells it."""
    ended = stored.finished_at.timestamp() if stored.finished_at else time.time()
    return JobSnapshot(
        run_id=stored.run_id,
        spec=stored.spec,
        phase=Phase.DONE if stored.outcome else stored.phase or Phase.QUEUED,
        place=None if stored.outcome else place,
        done=0,
        total=None,
        detail="" if stored.outcome else "measured by another process",
        elapsed_s=ended - stored.submitted_at.timestamp(),
        cancelling=False,
        outcome=stored.outcome,
        unsaved=None,
    )
