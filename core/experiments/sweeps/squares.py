"""A sweep's cells as spots of a heat map, with the value of one metric."""

from collections.abc import Iterable, Mapping

from core.analysis.deciding.objectives import Objective
from core.analysis.squares import Filling, Spot
from core.experiments.sweeps.cells import Cell, CellState
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.results.candidate import Candidate
from core.results.naming import name_among

FILLINGS = {
    CellState.WAITING: Filling.WAITING,
    CellState.RUNNING: Filling.RUNNING,
    CellState.DONE: Filling.MEASURED,
    CellState.REUSED: Filling.MEASURED,
    CellState.FAILED: Filling.FAILED,
    CellState.SKIPPED: Filling.SKIPPED,
}


def spots_of(
    picture: SweepPicture, candidates: Iterable[Candidate], objective: Objective
) -> tuple[Spot, ...]:
    """A spot for each combination of the grid's values; those that are the same cell are alike."""
    cells = picture.prepared.cells
    values = {one.run_id: objective.value(one) for one in candidates}
    known = {cell.spec.id: cell for cell in picture.cells}
    able = [
        _spot(place.values, known[place.spec_id], values)
        for place in cells.places
        if place.spec_id in known
    ]
    unable = [
        Spot(
            levers=_levers(cell.values),
            filling=Filling.IMPOSSIBLE,
            name=", ".join(f"{name} {value}" for name, value in cell.values.items()),
            reason=" ".join(reason.reason for reason in cell.reasons),
        )
        for cell in cells.impossible
    ]
    return (*able, *unable)


def _spot(levers: Mapping[str, object], cell: Cell, values: Mapping[str, float | None]) -> Spot:
    return Spot(
        levers=_levers(levers),
        filling=FILLINGS[cell.state],
        value=values.get(cell.run_id or ""),
        name=name_among(cell.spec, levers),
        reason=cell.reason,
        run_id=cell.run_id,
    )


def _levers(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
