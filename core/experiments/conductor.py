"""Conducts experiments: one question each, asked with many runs, in a thread of its own.

One conductor per process, over the one job manager. Pages and the command line start, watch, stop
and resume through it and never wait in a script; knows nothing of what an experiment asks.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.errors import HistoryError
from core.jobs.manager import JobManager
from core.jobs.recent import Recent
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus

CLOSE_S = 15.0
KEPT = 8  # of those that are over; the history has all of them
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """How an experiment ended: DONE, or STOPPED, which may be resumed; and what is kept of it."""

    status: ExperimentStatus
    result: dict[str, Any] | None = None


class Experiment(Protocol):
    """One question that takes many runs. `run` is called once, in a thread of its own."""

    def run(self) -> Ending:
        """Ask everything that is still open; returns when all is done or soon after `stop`."""

    def stop(self) -> None:
        """Ask, from any thread, that `run` end soon; a running measurement is cancelled."""

    def snapshot(self) -> Any:
        """A frozen picture of how it stands; may be asked for from any thread, also before `run`
        begins and after it has ended.
        """


Make = Callable[[str], Experiment]


@dataclass(eq=False)
class _Conducted:
    experiment: Experiment
    over: threading.Event = field(default_factory=threading.Event)


class Conductor:
    """Experiments of this process by their ids; safe to call from any thread."""

    def __init__(self, jobs: JobManager) -> None:
        self.jobs = jobs
        self.experiments = Experiments(jobs.history)
        self._conducted: Recent[_Conducted] = Recent(KEPT, lambda one: one.over.is_set())
        self._lock = threading.Lock()

    def start(self, kind: ExperimentKind, title: str, request: dict[str, Any], make: Make) -> str:
        """Begin an experiment and return its id, which `make` is given.

        Raises HistoryError where it cannot be stored, TooMany, and what `make` raises.
        """
        self.jobs.limits.check()
        experiment_id = self.experiments.begin(kind, title, request)
        self._conduct(experiment_id, make)
        return experiment_id

    def resume(self, experiment_id: str, make: Make) -> None:
        """Go on with an experiment that was stopped, or that a crash has interrupted.

        Raises RequestError where it is unknown or another living process runs it; does nothing
        where it runs here already.
        """
        with self._lock:
            if self.is_running(experiment_id):
                return
            self.jobs.limits.check()
            self.experiments.take_up(experiment_id)
            self._conduct(experiment_id, make)

    def stop(self, experiment_id: str) -> None:
        """Stop an experiment of this process soon; does nothing for any other."""
        conducted = self._conducted.get(experiment_id)
        if conducted is not None:
            conducted.experiment.stop()

    def is_running(self, experiment_id: str) -> bool:
        """Whether this process runs it now."""
        conducted = self._conducted.get(experiment_id)
        return conducted is not None and not conducted.over.is_set()

    def snapshot(self, experiment_id: str) -> Any | None:
        """The picture of an experiment that this process has run; None for any other."""
        conducted = self._conducted.get(experiment_id)
        return conducted.experiment.snapshot() if conducted else None

    def wait(self, experiment_id: str, seconds: float | None = None) -> bool:
        """Wait until an experiment of this process is over, or for so long; whether it is."""
        conducted = self._conducted.get(experiment_id)
        return conducted is None or conducted.over.wait(seconds)

    def close(self) -> None:
        """Stop all experiments, and wait until what was measured is stored."""
        for conducted in self._conducted:
            conducted.experiment.stop()
        for conducted in self._conducted:
            conducted.over.wait(CLOSE_S)

    def _conduct(self, experiment_id: str, make: Make) -> None:
        self.jobs.heartbeat.start()
        try:
            conducted = _Conducted(make(experiment_id))
        except Exception:
            self._end(experiment_id, Ending(ExperimentStatus.STOPPED))
            raise
        self._conducted.add(experiment_id, conducted)
        self.jobs.limits.started(conducted.over.is_set)
        threading.Thread(
            target=self._run, args=(experiment_id, conducted), name=experiment_id, daemon=True
        ).start()

    def _run(self, experiment_id: str, conducted: _Conducted) -> None:
        try:
            ending = conducted.experiment.run()
        except Exception as error:
            logger.exception("experiment %s failed", experiment_id)
            ending = Ending(ExperimentStatus.STOPPED, {"error": f"{type(error).__name__}: {error}"})
        self._end(experiment_id, ending)
        conducted.over.set()

    def _end(self, experiment_id: str, ending: Ending) -> None:
        try:
            self.experiments.end(experiment_id, ending.status, ending.result)
        except HistoryError as error:
            logger.warning("the end of experiment %s is not stored: %s", experiment_id, error)
