"""A sweep: all cells of a grid, or those that a search asks for, on one device or on several.

Every cell is a run of the history, linked to the sweep as it is submitted. So a sweep can be
stopped or killed at any moment: what was measured counts, and resuming goes on with the rest.
"""

from collections.abc import Sequence

from core.analysis.forecast.evidence import evidence_for
from core.analysis.forecast.planner import TooLarge
from core.analysis.forecast.span import NOTHING, Span, exactly
from core.analysis.forecast.trial import trial_specs
from core.errors import HistoryError
from core.experiments.budget import Spending
from core.experiments.conductor import Ending
from core.experiments.measuring import Losses, Measuring
from core.experiments.run_end import end_of
from core.experiments.sweeps.cell_runner import WAS_STOPPED, CellRunner, Cellwork
from core.experiments.sweeps.cells import Board, CellState
from core.experiments.sweeps.evaluation import Evaluation
from core.experiments.sweeps.preparation import Prepared, prepare
from core.experiments.sweeps.sweep_past import Past
from core.experiments.sweeps.sweep_picture import Spent, SweepPicture, budget_of, expected
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.experiments.sweeps.time_left import TimeLeft, shared
from core.jobs.manager import JobManager
from core.jobs.slots import Slot
from core.results.experiments import TRIAL_LABEL, Experiments, ExperimentStatus
from core.results.format import show_bytes
from core.variants.environment import Environment
from core.variants.spec import RunSpec


class Sweep:
    """An `Experiment` over a grid, spread over the slots, if there are any; else each cell goes to
    its own device, one after the other. `prepared` must have taken `past` into account.
    """

    def __init__(
        self,
        experiment_id: str,
        request: SweepRequest,
        jobs: JobManager,
        environment: Environment,
        prepared: Prepared,
        past: Past | None = None,
        slots: Sequence[Slot] = (),
    ) -> None:
        self._id = experiment_id
        self._request = request
        self._history = jobs.history
        self._experiments = Experiments(jobs.history)
        self._environment = environment
        self._past = past or Past()
        self._measuring = Measuring(jobs, self._experiments, experiment_id)
        self._spending = Spending(budget_of(request))
        self._slots = tuple(slots)
        self._runner = CellRunner(self._measuring, self._spending, self._slots)
        self._trial_s = 0.0
        self._stage = request.stages[0]
        self._status = ExperimentStatus.RUNNING
        self._reason = ""
        self._ended_after_s: float | None = None
        self._take(prepared)

    def run(self) -> Ending:
        """The trial, where one was asked for, then the cells."""
        try:
            reason = self._carry_out()
        except HistoryError as error:
            self._runner.gave_up = True
            reason = f"The history fails, and nothing more could be saved: {error}"
        self._reason = reason or ""
        self._ended_after_s = self._spending.seconds
        self._status = ExperimentStatus.STOPPED if reason else ExperimentStatus.DONE
        return Ending(self._status, self.snapshot().result())

    def stop(self) -> None:
        """Begin no further cell, and cancel the running ones: they are measured after a resume."""
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
            cells=self._work.board.cells(),
            spent=self._past.spent + Spent(sitting_s, self._runner.timed_s),
            sitting_s=sitting_s,
            left=None if over else self._time_left(),
            estimate=expected(self._request, self._prepared.plan)
            + exactly(self._past.spent.seconds + self._trial_s),
            reason=self._reason,
            gave_up=self._runner.gave_up,
            notes=self._runner.notes,
            running=() if over else self._measuring.running(),
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
        return self._runner.measure_all(self._work)

    def _try_out(self) -> str | None:
        losses = Losses(variants=1)
        cells = self._prepared.cells.cells
        for spec in trial_specs(cells, evidence_for(cells, self._history, self._environment)):
            reason = self._spending.refuses(None)
            if reason or self._measuring.stopped:
                return reason or WAS_STOPPED
            end = end_of(self._runner.measure(spec, TRIAL_LABEL))
            fault = losses.count(spec, end)
            self._runner.gave_up = fault is not None
            reason = self._runner.early_end(end) or fault
            if reason:
                return reason
        return None

    def _take(self, prepared: Prepared) -> None:
        """Begin with this plan."""
        planned = prepared.plan
        specs = [cell.spec for cell in planned.cells]
        self._prepared = prepared
        board = Board([*specs, *(cell.spec for cell in planned.too_large)])
        evaluation = Evaluation(self._request, specs, board, self._history)
        left = TimeLeft({cell.spec.id: cell.seconds for cell in planned.to_measure})
        self._work = Cellwork(board, evaluation, left)
        for large in planned.too_large:
            board.skip(large.spec, in_words(large))

    def _settle_known(self) -> None:
        """What was measured before, in this sweep or out of it, and what this sweep failed at."""
        for cell in self._prepared.plan.cells:
            end = self._past.ends.get(cell.spec.id)
            if end is not None and end.settles:
                self._work.board.end(cell.spec, end)
            elif cell.run_id:
                self._reuse(cell.spec, cell.run_id)
        self._work.evaluation.learn_known()

    def _reuse(self, spec: RunSpec, run_id: str) -> None:
        self._work.board.reuse(spec, run_id)
        if run_id not in self._past.linked:
            self._experiments.link(self._id, spec.id, run_id, reused=True)

    def _time_left(self) -> Span | None:
        """Seconds until it ends: the open cells and the rest of the running ones, shared among the
        slots, within the budget.
        """
        board, time_left = self._work.board, self._work.left
        left = self._work.evaluation.left(time_left)
        if left is None:
            return None
        longest = NOTHING
        so_far = {job.run_id: job.elapsed_s for job in self._measuring.running()}
        for cell in (*board.running(), *board.waiting()):
            whole = time_left.of(cell)
            rest = whole.less(so_far.get(cell.run_id or "", 0.0)) if whole else NOTHING
            left += rest if cell.state is CellState.RUNNING else NOTHING
            longest = max(longest, rest, key=lambda span: span.likely)
        limit = self._spending.budget.seconds
        left = shared(left, longest, len(self._slots))
        return left if limit is None else left.at_most(max(0.0, limit - self._spending.seconds))


def in_words(large: TooLarge) -> str:
    """Why a cell is not tried."""
    needed, there = show_bytes(large.needed_bytes), show_bytes(large.device_bytes)
    return f"needs about {needed}, and {large.spec.variant.device} has {there} in all"
