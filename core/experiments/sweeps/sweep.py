"""A sweep: all cells of a grid, or those that a search asks for, measured one after the other.

Every cell is a run of the history, linked to the sweep as it is submitted. So a sweep can be
stopped or killed at any moment: what was measured counts, and resuming goes on with the rest.
"""

from core.analysis.forecast.planner import TooLarge
from core.analysis.forecast.span import NOTHING, Span, exactly
from core.analysis.forecast.trial import trial_specs
from core.errors import FailureKind, HistoryError, RequestError
from core.experiments.budget import Spending
from core.experiments.conductor import Ending
from core.experiments.measuring import Losses, Measuring
from core.experiments.run_end import RunEnd, end_of
from core.experiments.sweeps.cells import Board
from core.experiments.sweeps.evaluation import Evaluation
from core.experiments.sweeps.preparation import Prepared, prepare
from core.experiments.sweeps.sweep_past import Past
from core.experiments.sweeps.sweep_picture import Spent, SweepPicture, budget_of, expected
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.experiments.sweeps.time_left import TimeLeft
from core.jobs.manager import JobManager
from core.results.experiments import TRIAL_LABEL, Experiments, ExperimentStatus
from core.results.format import show_bytes
from core.results.types import Outcome
from core.variants.environment import Environment
from core.variants.spec import RunSpec

WAS_STOPPED = "It was stopped."


class Sweep:
    """An `Experiment` over a grid. `prepared` must have taken `past` into account."""

    def __init__(
        self,
        experiment_id: str,
        request: SweepRequest,
        jobs: JobManager,
        environment: Environment,
        prepared: Prepared,
        past: Past | None = None,
    ) -> None:
        self._id = experiment_id
        self._request = request
        self._history = jobs.history
        self._experiments = Experiments(jobs.history)
        self._environment = environment
        self._past = past or Past()
        self._measuring = Measuring(jobs, self._experiments, experiment_id)
        self._spending = Spending(budget_of(request))
        self._timed_s = 0.0
        self._trial_s = 0.0
        self._stage = request.stages[0]
        self._status = ExperimentStatus.RUNNING
        self._reason = ""
        self._gave_up = False
        self._ended_after_s: float | None = None
        self._take(prepared)

    def run(self) -> Ending:
        """The trial, where one was asked for, then the cells."""
        try:
            reason = self._carry_out()
        except HistoryError as error:
            self._gave_up = True
            reason = f"The history fails, and nothing more could be saved: {error}"
        self._reason = reason or ""
        self._ended_after_s = self._spending.seconds
        self._status = ExperimentStatus.STOPPED if reason else ExperimentStatus.DONE
        return Ending(self._status, self.snapshot().result())

    def stop(self) -> None:
        """Begin no further cell, and cancel the running one: it is measured after a resume."""
        self._measuring.stop()

    def snapshot(self) -> SweepPicture:
        """How it stands."""
        over = self._ended_after_s is not None
        sitting_s = self._spending.seconds if self._ended_after_s is None else self._ended_after_s
        return SweepPicture(
            experiment_id=self._id,
            request=self._request,
            prepared=self._prepared,
            status=self._status,
            stage=self._stage,
            cells=self._board.cells(),
            spent=self._past.spent + Spent(sitting_s, self._timed_s),
            sitting_s=sitting_s,
            left=None if over else self._time_left(),
            estimate=expected(self._request, self._prepared.plan)
            + exactly(self._past.spent.seconds + self._trial_s),
            reason=self._reason,
            gave_up=self._gave_up,
            running=None if over else self._measuring.running(),
            ours=True,
        )

    def _carry_out(self) -> str | None:
        """Why it ended early; None where it is done."""
        if Stage.TRIAL in self._request.stages:
            self._stage = Stage.TRIAL
            reason = self._try_out()
            self._trial_s = self._spending.seconds
            if reason or Stage.CELLS not in self._request.stages:
                return reason
            self._take(
                prepare(self._request, self._history, self._environment, self._past.measured)
            )
        self._stage = Stage.CELLS
        self._settle_known()
        return self._measure_all()

    def _try_out(self) -> str | None:
        losses = Losses(variants=1)
        for spec in trial_specs(self._prepared.cells.cells, self._prepared.evidence):
            reason = self._spending.refuses(None)
            if reason or self._measuring.stopped:
                return reason or WAS_STOPPED
            end = end_of(self._measure(spec, TRIAL_LABEL))
            reason = self._early_end(end) or self._given_up(losses, spec, end)
            if reason:
                return reason
        return None

    def _take(self, prepared: Prepared) -> None:
        """Begin with this plan."""
        planned = prepared.plan
        specs = [cell.spec for cell in planned.cells]
        self._prepared = prepared
        self._board = Board([*specs, *(cell.spec for cell in planned.too_large)])
        self._evaluation = Evaluation(self._request, specs, self._board, self._history)
        self._left = TimeLeft({cell.spec.id: cell.seconds for cell in planned.to_measure})
        for large in planned.too_large:
            self._board.skip(large.spec, in_words(large))

    def _settle_known(self) -> None:
        """What was measured before, in this sweep or out of it, and what this sweep failed at."""
        for cell in self._prepared.plan.cells:
            end = self._past.ends.get(cell.spec.id)
            if end is not None and end.settles:
                self._board.end(cell.spec, end)
            elif cell.run_id:
                self._reuse(cell.spec, cell.run_id)
        self._evaluation.learn_known()

    def _reuse(self, spec: RunSpec, run_id: str) -> None:
        self._board.reuse(spec, run_id)
        if run_id not in self._past.linked:
            self._experiments.link(self._id, spec.id, run_id, reused=True)

    def _measure_all(self) -> str | None:
        variants = {cell.spec.variant.id for cell in self._prepared.plan.to_measure}
        losses = Losses(len(variants))
        while (spec := self._evaluation.next()) is not None:
            doubt = self._evaluation.not_worth_a_run(spec)
            if doubt:
                self._board.skip(spec, doubt)
                continue
            estimate = self._left.of(self._board.cell(spec))
            reason = self._spending.refuses(estimate.likely if estimate else None)
            if reason or self._measuring.stopped:
                return reason or WAS_STOPPED
            reason = self._cell(spec, losses)
            if reason:
                return reason
        return None

    def _cell(self, spec: RunSpec, losses: Losses) -> str | None:
        """Measure one cell; why the sweep ends with it, if it does."""
        try:
            outcome = self._measure(spec, spec.id)
        except RequestError as error:
            self._board.refuse(spec, str(error))
            self._evaluation.failed(spec)
            return None
        end = end_of(outcome)
        reason = self._early_end(end)
        if reason:
            self._board.reopen(spec)
            return reason
        self._left.learn(self._board.cell(spec), end.seconds)
        self._board.end(spec, end)
        self._evaluation.learn(outcome)
        return self._given_up(losses, spec, end)

    def _given_up(self, losses: Losses, spec: RunSpec, end: RunEnd) -> str | None:
        reason = losses.count(spec, end)
        self._gave_up = reason is not None
        return reason

    def _measure(self, spec: RunSpec, label: str) -> Outcome:
        def begun(run_id: str) -> None:
            if label != TRIAL_LABEL:
                self._board.begin(spec, run_id)

        outcome = self._measuring.measure(spec, label, begun, self._spending.used_up)
        self._timed_s += end_of(outcome).timed_s
        return outcome

    def _early_end(self, end: RunEnd) -> str | None:
        """Why a cancelled run ends the sweep; None where somebody cancelled that run alone."""
        if end.failure is not FailureKind.CANCELLED:
            return None
        if self._measuring.stopped:
            return WAS_STOPPED
        return self._spending.refuses(None)

    def _time_left(self) -> Span | None:
        """Seconds until it ends: the open cells, the rest of the running one, within the budget."""
        running, left = self._measuring.running(), self._evaluation.left(self._left)
        if left is None:
            return None
        if running is not None:
            cell = self._board.running()
            rest = self._left.of(cell) if cell else None
            left += rest.less(running.elapsed_s) if rest else NOTHING
        limit = self._spending.budget.seconds
        return left if limit is None else left.at_most(max(0.0, limit - self._spending.seconds))


def in_words(large: TooLarge) -> str:
    """Why a cell is not tried."""
    needed, there = show_bytes(large.needed_bytes), show_bytes(large.device_bytes)
    return f"needs about {needed}, and {large.spec.variant.device} has {there} in all"
