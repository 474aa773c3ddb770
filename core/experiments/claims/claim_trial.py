"""A claim on trial: its arms measured one after the other, then judged.

Every arm is a run of the history, linked to the trial by its label as it is submitted. A trial that
was stopped or killed goes on with the steps that have no result; two arms that are held against
each other in time are always measured together.
"""

import threading
import time
from collections.abc import Mapping

from core.analysis.claims.claim import Claim, Measured, Step
from core.analysis.claims.register import find_claim
from core.analysis.claims.verdict import Verdict
from core.errors import HistoryError, RequestError
from core.experiments.claims.claim_picture import TrialPicture, TrialResult
from core.experiments.claims.claim_schedule import ClaimRequest
from core.experiments.conductor import Ending
from core.experiments.pair_measuring import PairMeasuring
from core.experiments.run_end import AGAIN
from core.experiments.turns import Turns
from core.jobs.manager import JobManager
from core.results.experiments import Experiments, ExperimentStatus
from core.results.identity import environment_words
from core.results.types import Outcome, RunFailure, RunResult

WAS_STOPPED = "It was stopped."
TOO_LONG = "it would take too long; a thorough trial may measure it."


class ClaimTrial:
    """An `Experiment` over one claim. `past` are the outcomes of its arms from earlier sittings."""

    def __init__(
        self,
        experiment_id: str,
        request: ClaimRequest,
        jobs: JobManager,
        turns: Turns,
        past: Mapping[str, Outcome] | None = None,
    ) -> None:
        self._id = experiment_id
        self._request = request
        self._claim: Claim = find_claim(request.number)
        self._steps = request.trial_steps
        self._turns = turns
        self._measuring = PairMeasuring(jobs, Experiments(jobs.history), experiment_id)
        self._outcomes: dict[str, Outcome] = dict(past or {})
        self._refused: dict[str, str] = {}
        self._lock = threading.Lock()
        self._status = ExperimentStatus.RUNNING
        self._label = ""
        self._begun: float | None = None
        self._seconds: float | None = None
        self._verdict: Verdict | None = None
        self._reason = ""

    def run(self) -> Ending:
        """Wait for its turn, measure every step that is open, and judge."""
        result = None
        try:
            self._reason = self._in_turn() or ""
            result = None if self._reason else self._judge()
        except HistoryError as error:
            self._reason = f"The history fails, and nothing more could be saved: {error}"
        self._status = ExperimentStatus.STOPPED if self._reason else ExperimentStatus.DONE
        kept = result.model_dump(mode="json") if result else {"reason": self._reason}
        return Ending(self._status, kept)

    def stop(self) -> None:
        """Begin no further step, and cancel the running one: it is measured after a resume."""
        self._measuring.stop()

    def snapshot(self) -> TrialPicture:
        """How it stands."""
        with self._lock:
            done = sum(self._is_settled(step) for step in self._steps)
        active = self._status is ExperimentStatus.RUNNING
        return TrialPicture(
            experiment_id=self._id,
            request=self._request,
            status=self._status,
            done=done,
            label=self._label if active else "",
            ahead=self._turns.ahead(self._id) if active and self._begun is None else 0,
            running=next(iter(self._measuring.running()), None) if active else None,
            elapsed_s=self._elapsed_s(),
            verdict=self._verdict,
            reason=self._reason,
        )

    def _in_turn(self) -> str | None:
        """Why it ended early; None where every step was tried."""
        if not self._turns.wait(self._id, lambda: self._measuring.stopped):
            return WAS_STOPPED
        self._begun = time.monotonic()
        try:
            return self._measure_all()
        finally:
            self._seconds = self._elapsed_s()
            self._turns.done(self._id)

    def _measure_all(self) -> str | None:
        for step in self._steps:
            if self._is_settled(step):
                continue
            if self._measuring.stopped:
                return WAS_STOPPED
            self._label = step.label
            self._measure(step)
            if self._measuring.stopped and not self._is_settled(step):
                return WAS_STOPPED
        return None

    def _measure(self, step: Step) -> None:
        labels = [arm.label for arm in step.arms]
        try:
            outcomes = self._outcomes_of(step, labels)
        except RequestError as error:
            with self._lock:
                self._refused.update(dict.fromkeys(labels, str(error)))
            return
        with self._lock:
            self._outcomes.update(zip(labels, outcomes, strict=True))

    def _outcomes_of(self, step: Step, labels: list[str]) -> tuple[Outcome, ...]:
        specs = [arm.spec for arm in step.arms]
        if step.is_pair:
            return self._measuring.measure_pair(specs, labels, self._request.pairs)
        return (self._measuring.measure(specs[0], labels[0]),)

    def _is_settled(self, step: Step) -> bool:
        """Whether the step needs no further run: all arms have a result, or one failed for good."""
        ends = [self._outcomes.get(arm.label) for arm in step.arms]
        if any(arm.label in self._refused for arm in step.arms):
            return True
        failures = [end for end in ends if isinstance(end, RunFailure)]
        if any(failure.kind not in AGAIN for failure in failures):
            return True
        return bool(ends) and all(isinstance(end, RunResult) for end in ends)

    def _judge(self) -> TrialResult | None:
        measured = self._measured()
        self._verdict = self._claim.verdict(measured)
        one = next(iter(measured.results.values()), None)
        words = ""
        if one is not None:
            device, threads = one.spec.variant.device, one.effective.threads
            words = environment_words(one.environment, device, threads)
        return TrialResult(verdict=self._verdict, environment=words, seconds=self._elapsed_s())

    def _measured(self) -> Measured:
        results = {k: v for k, v in self._outcomes.items() if isinstance(v, RunResult)}
        failures = {k: v.message for k, v in self._outcomes.items() if isinstance(v, RunFailure)}
        left_out = dict.fromkeys(self._request.left_out, TOO_LONG)
        return Measured(results, {**failures, **self._refused, **left_out})

    def _elapsed_s(self) -> float:
        if self._seconds is not None:
            return self._seconds
        return time.monotonic() - self._begun if self._begun is not None else 0.0
