"""The job manager: submit a spec, watch it, cancel it, read how it ended.

One per process. Pages and the command line speak to nothing else to get a run measured.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.errors import HistoryError, ReadOnly
from core.jobs.deadlines import read_deadlines
from core.jobs.executor import Executor
from core.jobs.following import waited_for
from core.jobs.heartbeat import Heartbeat
from core.jobs.job import Entry, Job, JobSnapshot, LoadJob, LoadSnapshot, RunJob, begun
from core.jobs.limits import Limits
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import LoadCommand, PairCommand, Residents, RunCommand, Task
from core.jobs.queues import Queues
from core.jobs.recent import Recent
from core.jobs.slots import Fleet, LocalFleet, Slot
from core.jobs.stored_job import stored_end, stored_snapshot
from core.results.history import History
from core.results.load_outcome import LoadOutcome
from core.results.measured import Phase
from core.results.types import Outcome, now
from core.variants.environment import Environment
from core.variants.load_order import LoadOrder, order_problems
from core.variants.pairing import PairPlan, pair_problems
from core.variants.request import problems
from core.variants.spec import RunSpec

KEPT_JOBS = 100  # of those that are over; the history has all of them
KEPT_LOADS = 4


class JobManager:
    """Queues runs per slot and keeps their state; safe to call from any thread. The slots are the
    fleet's, by default this machine's devices. Over a history that may not be written it starts
    nothing, and raises ReadOnly for whatever would.
    """

    def __init__(
        self,
        history: History | None = None,
        make_executor: Callable[[str], Executor] = LocalExecutor,
        fleet: Fleet | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.history = history or History()
        self.limits = limits or Limits()
        self._fleet = fleet or LocalFleet(make_executor)
        self._queues = Queues(self._fleet, self.history)
        self._jobs: Recent[RunJob] = Recent(KEPT_JOBS, lambda job: job.is_stored)
        self._loads: Recent[LoadJob] = Recent(KEPT_LOADS, lambda job: job.outcome is not None)
        self.heartbeat = Heartbeat(self.history)
        self.mark_lost()

    @property
    def refused(self) -> str | None:
        """Why nothing can be started or changed; None where it can."""
        return self.history.refused

    def __enter__(self) -> "JobManager":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def slots(self) -> tuple[Slot, ...]:
        """Where runs can be carried out now; raises RequestError where a cluster has no slot."""
        return self._fleet.slots()

    def environment(self) -> Environment:
        """What can run here: this machine, or of a cluster the node of its first slot."""
        return self._fleet.environment()

    def submit(self, spec: RunSpec, slot: Slot | None = None) -> str:
        """Queue the spec for that slot, or for one with its device, and return its run id.

        Raises RequestError where the spec cannot run there.
        """
        self._may_begin()
        place = self.slot_for(spec, slot)
        found = problems(spec, self._fleet.environment(place))
        if found:
            raise found[0]
        job = self._new_job(spec, now(), place)
        self._enqueue((job,), _run_of(job))
        return job.run_id

    def submit_pair(
        self, a: RunSpec, b: RunSpec, plan: PairPlan, slot: Slot | None = None
    ) -> tuple[str, str]:
        """Queue two specs, which may be equal, to be measured in turns, and return the run ids of
        A and B. They have one place in the queue, and either's cancelling ends both.

        Raises RequestError where they cannot be measured so, the side in front of its field.
        """
        self._may_begin()
        place = self.slot_for(a, slot)
        found = pair_problems(a, b, self._fleet.environment(place))
        if found:
            raise found[0]
        submitted_at = now()
        first, second = (self._new_job(spec, submitted_at, place) for spec in (a, b))
        task = PairCommand(a=_run_of(first), b=_run_of(second), plan=plan)
        self._enqueue((first, second), task)
        return first.run_id, second.run_id

    def submit_load(self, order: LoadOrder, slot: Slot | None = None) -> str:
        """Queue a calibration or the serving of a load, and return its id. It is no run: how it
        ends is told here alone, and whoever asked must store it.

        Raises RequestError where it cannot be carried out there.
        """
        self._may_begin()
        place = self._queues.slot_for(order.variant.device, slot)
        found = order_problems(order, self._fleet.environment(place))
        if found:
            raise found[0]
        job = LoadJob(order=order, **begun(now(), place))
        self._loads.add(job.run_id, job)
        self.limits.started(job.over.is_set)
        self._queues.of(place).add(Entry((job,), LoadCommand(run_id=job.run_id, order=order)))
        return job.run_id

    def load_snapshot(self, run_id: str) -> LoadSnapshot | None:
        """A load order of this process as it is now; None for an unknown id."""
        job = self._loads.get(run_id)
        return job.picture(self._place(job)) if job else None

    def wait_load(
        self, run_id: str, on_change: Callable[[LoadSnapshot], None] | None = None
    ) -> LoadOutcome:
        """Wait until a load order of this process is over, as `wait` does."""
        job = self._loads.get(run_id)
        if job is None:
            raise KeyError(run_id)
        return waited_for(job, self.load_snapshot, on_change)

    def slot_for(self, spec: RunSpec, wanted: Slot | None = None) -> Slot:
        """The slot that the spec would be carried out on: the wanted one as long as it is there,
        else the least busy one like it. Raises RequestError where there is none.
        """
        return self._queues.slot_for(spec.variant.device, wanted)

    def snapshot(self, run_id: str) -> JobSnapshot | None:
        """The job as it is now, of this process or, from the history, of another one."""
        job = self._jobs.get(run_id)
        if job is None:
            return stored_snapshot(self.history, run_id)
        return job.picture(self._place(job))

    def active(self) -> tuple[JobSnapshot, ...]:
        """This process's jobs that are not over, oldest first."""
        jobs = [job for job in self._jobs if job.outcome is None]
        return tuple(snapshot for job in jobs if (snapshot := self.snapshot(job.run_id)))

    def unsaved(self) -> tuple[JobSnapshot, ...]:
        """Jobs that are over and that the history does not have."""
        jobs = [job for job in self._jobs if job.outcome and job.unsaved]
        return tuple(job.picture(None) for job in jobs)

    def save_again(self) -> None:
        """Try to store what could not be stored; raises HistoryError if it still cannot be."""
        self._may_start()
        for job in self._jobs:
            if job.outcome and job.unsaved:
                self.history.finish(job.outcome)
                with job.lock:
                    job.unsaved = None

    def cancel(self, run_id: str) -> None:
        """Cancel a job of this process in whatever phase it is; does nothing once it is over."""
        self._may_start()
        known = (self._jobs.get(run_id), self._loads.get(run_id))
        for job in known:
            if job is not None and job.outcome is None:
                self._queues.of(job.slot).cancel(job)

    def wait(self, run_id: str, on_change: Callable[[JobSnapshot], None] | None = None) -> Outcome:
        """Wait until a job of this process is over; `on_change` is told of each new picture.

        Raises KeyError for any other job that is not over.
        """
        job = self._jobs.get(run_id)
        if job is not None:
            return waited_for(job, self.snapshot, on_change)
        return stored_end(self.history, run_id)

    def residents(self, device: str) -> Residents | None:
        """What that device's worker holds, in a cluster the first such worker; None while none has
        been started.
        """
        held = (queue.executor.residents() for queue in self._queues.of_device(device))
        return next((residents for residents in held if residents), None)

    def drop(self, device: str, variant_id: str) -> None:
        """Free a resident variant of that device's worker."""
        self._may_start()
        for queue in self._queues.of_device(device):
            queue.executor.drop(variant_id)

    def mark_lost(self) -> None:
        """End what processes left that are gone, as far as that can be stored now."""
        with contextlib.suppress(HistoryError):
            self.history.mark_lost()

    def close(self) -> None:
        """Cancel all jobs and end all workers."""
        self.heartbeat.stop()
        self._queues.close()
        self._fleet.close()

    def _may_start(self) -> None:
        if self.refused is not None:
            raise ReadOnly(self.refused)

    def _may_begin(self) -> None:
        self._may_start()
        read_deadlines()
        self.limits.check()

    def _place(self, job: Job[Any]) -> int | None:
        queued = job.phase is Phase.QUEUED
        return self._queues.of(job.slot).place(job) if queued else None

    def _enqueue(self, jobs: tuple[RunJob, ...], task: Task) -> None:
        self.heartbeat.start()
        for job in jobs:
            try:
                self.history.add(job.run_id, job.spec, job.submitted_at)
            except HistoryError as error:
                job.unsaved = str(error)
        entry = Entry(jobs, task)
        self._queues.of(entry.slot).add(entry)

    def _new_job(self, spec: RunSpec, submitted_at: datetime, slot: Slot) -> RunJob:
        job = RunJob(spec=spec, **begun(submitted_at, slot))
        self._jobs.add(job.run_id, job)
        self.limits.started(job.over.is_set)
        return job


def _run_of(job: RunJob) -> RunCommand:
    return RunCommand(run_id=job.run_id, spec=job.spec, submitted_at=job.submitted_at)
