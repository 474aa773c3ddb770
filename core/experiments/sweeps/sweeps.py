"""Sweeps of this machine: start, stop and resume one here, watch any, list the earlier ones.

What pages and the command line use. A sweep that another process runs can be watched, but it is
stopped where it was started.
"""

from collections.abc import Iterable, Mapping

from core.analysis.forecast.planner import PlannedCell
from core.analysis.forecast.span import exactly
from core.analysis.forecast.sweep_plan import SweepPlan
from core.errors import RequestError
from core.experiments.conductor import Conductor
from core.experiments.run_end import RunEnd
from core.experiments.spreading import spread_slots
from core.experiments.sweeps.judging import chosen_objectives
from core.experiments.sweeps.preparation import Prepared, prepare
from core.experiments.sweeps.sweep import Sweep
from core.experiments.sweeps.sweep_past import Ends, Past, board_of, past_of
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import SweepRequest
from core.jobs.job import JobSnapshot
from core.jobs.recent import Recent
from core.jobs.slots import Slot
from core.results.experiments import (
    ExperimentKind,
    ExperimentRow,
    ExperimentRun,
    ExperimentStatus,
)
from core.results.naming import long_name
from core.variants.environment import Environment
from core.variants.grid import Cells, cells_of

LONGEST_LIST = 50
KEPT_GRIDS = 8


class Sweeps:
    """Over the conductor of this process; safe to call from any thread."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._jobs = conductor.jobs
        self._experiments = conductor.experiments
        self._ends = Ends(conductor.jobs.history)
        self._cells: Recent[Cells] = Recent(KEPT_GRIDS, lambda _: True)

    def start(
        self, request: SweepRequest, environment: Environment, prepared: Prepared | None = None
    ) -> str:
        """Begin a sweep and return its id; `prepared` is what `prepare` made of the request.

        Raises RequestError where nothing of it can run or it cannot be spread so, and HistoryError.
        """
        chosen_objectives(request)
        ready = prepared or prepare(request, self._jobs.history, environment)
        check_runnable(ready)
        slots = self._slots(request, ready)
        return self._conductor.start(
            ExperimentKind.SWEEP,
            request.title,
            request.model_dump(mode="json"),
            lambda key: Sweep(key, request, self._jobs, environment, ready, slots=slots),
        )

    def resume(
        self, experiment_id: str, environment: Environment, request: SweepRequest | None = None
    ) -> None:
        """Go on with a sweep: what it has measured counts. Another `request` may have another
        budget, for this sitting alone.

        Raises RequestError where there is no such sweep or another living process runs it.
        """
        asked, past = request or self.request_of(experiment_id), self._past(experiment_id)
        ready = prepare(asked, self._jobs.history, environment, past.measured)
        slots = self._slots(asked, ready)
        self._conductor.resume(
            experiment_id,
            lambda key: Sweep(key, asked, self._jobs, environment, ready, past, slots),
        )

    def stop(self, experiment_id: str) -> None:
        """Stop a sweep of this process soon."""
        self._conductor.stop(experiment_id)

    def wait(self, experiment_id: str, seconds: float | None = None) -> bool:
        """Wait until a sweep of this process is over, or for so long; whether it is."""
        return self._conductor.wait(experiment_id, seconds)

    def listed(self) -> list[ExperimentRow]:
        """The newest sweeps, newest first."""
        return self._experiments.listed(ExperimentKind.SWEEP, LONGEST_LIST)

    def request_of(self, experiment_id: str) -> SweepRequest:
        """What a sweep was asked; raises RequestError where there is no such sweep."""
        row = self._row(experiment_id)
        if row is None:
            known = [row.experiment_id for row in self.listed()[:5]]
            raise RequestError("sweep", experiment_id, "the history has no such sweep.", known)
        return SweepRequest.model_validate(row.request)

    def picture(self, experiment_id: str, environment: Environment) -> SweepPicture | None:
        """How a sweep stands, whoever runs it; None where there is no such sweep. Cheap while this
        process runs it.
        """
        own: SweepPicture | None = self._conductor.snapshot(experiment_id)
        if own is not None and self._conductor.is_running(experiment_id):
            return own
        row = self._row(experiment_id)
        if row is None or (own is not None and row.status is own.status):
            return own
        return self._stored_picture(row, environment)

    def _slots(self, request: SweepRequest, prepared: Prepared) -> tuple[Slot, ...]:
        """Those that the sweep is spread over; none where it is not."""
        devices = [cell.variant.device for cell in prepared.cells.cells[:1]]
        return spread_slots(request.devices, self._jobs.slots(), *devices) if devices else ()

    def _row(self, experiment_id: str) -> ExperimentRow | None:
        row = self._experiments.get(experiment_id)
        return row if row and row.kind is ExperimentKind.SWEEP else None

    def _past(self, experiment_id: str) -> Past:
        self._jobs.history.mark_lost()
        row, runs = self._row(experiment_id), self._experiments.runs(experiment_id)
        return past_of(runs, self._ends.of(runs), row.result if row else None)

    def _stored_picture(self, row: ExperimentRow, environment: Environment) -> SweepPicture:
        """A sweep of another process, or of an earlier one, as the history tells it."""
        request = SweepRequest.model_validate(row.request)
        runs, result = self._experiments.runs(row.experiment_id), row.result or {}
        ends, active = self._ends.of(runs), row.status is ExperimentStatus.RUNNING
        cells = self._cells_of(row.experiment_id, request, environment)
        estimate_s = result.get("estimate_s")
        return SweepPicture(
            experiment_id=row.experiment_id,
            request=request,
            prepared=Prepared(cells, SweepPlan(tuple(map(PlannedCell, cells.cells)))),
            status=row.status,
            stage=request.stages[-1],
            cells=board_of(cells.cells, runs, ends, active, result).cells(),
            spent=past_of(runs, ends, result).spent,
            sitting_s=0.0,
            left=None,
            estimate=exactly(estimate_s) if estimate_s is not None else None,
            reason=str(result.get("reason") or result.get("error") or ""),
            gave_up=bool(result.get("gave_up") or result.get("error")),
            running=self._unfinished(runs, ends) if active else (),
            ours=False,
        )

    def _cells_of(self, key: str, request: SweepRequest, environment: Environment) -> Cells:
        known = self._cells.get(key)
        if known is None:
            known = cells_of(request.grid, environment)
            self._cells.add(key, known)
        return known

    def _unfinished(
        self, runs: Iterable[ExperimentRun], ends: Mapping[str, RunEnd]
    ) -> tuple[JobSnapshot, ...]:
        """The runs that another process measures now."""
        going_on = (self._jobs.snapshot(run.run_id) for run in runs if run.run_id not in ends)
        return tuple(snapshot for snapshot in going_on if snapshot)


def check_runnable(prepared: Prepared) -> None:
    """Raises RequestError where no cell of a sweep can run."""
    if prepared.plan.cells:
        return
    impossible = prepared.cells.impossible
    if impossible:
        raise impossible[0].reasons[0]
    large = prepared.plan.too_large[0]
    raise RequestError("grid", long_name(large.spec), "no cell fits into this machine's memory.")
