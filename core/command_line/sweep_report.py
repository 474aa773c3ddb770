"""What a sweep will do, does and has done, in words and as one JSON document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.analysis.deciding.answer_document import pareto_document
from core.analysis.deciding.pareto import ParetoSet
from core.analysis.document import document
from core.analysis.forecast.planner import TooLarge
from core.analysis.forecast.span import Span
from core.analysis.forecast.sweep_plan import SweepPlan
from core.command_line.prices import PriceOf
from core.errors import RequestError
from core.experiments.sweeps.cells import Cell, CellState
from core.experiments.sweeps.preparation import Prepared
from core.experiments.sweeps.sweep_picture import SweepPicture, expected
from core.experiments.sweeps.sweep_request import SweepRequest
from core.jobs.slots import Slot
from core.results.format import DASH, show, show_about
from core.results.history import History
from core.results.naming import long_name, name_among
from core.results.stored import StoredRun
from core.variants.blocked import by_reason
from core.variants.request import flat_values

MARKS = {CellState.DONE: "", CellState.FAILED: "FAILED ", CellState.SKIPPED: "skipped "}


def cells_in_words(prepared: Prepared) -> Iterator[str]:
    """How many cells there are, and which are impossible and why."""
    cells, planned = prepared.cells, prepared.plan
    counts = {
        "to measure": len(planned.to_measure),
        "measured already": len(planned.reused),
        "the same as another": cells.duplicates,
        "impossible": len(cells.impossible) + len(planned.too_large),
    }
    told = [f"{count} {words}" for words, count in counts.items() if count]
    yield f"{counted(cells.total, 'cell')}: {', '.join(told)}"
    for group in by_reason(cells):
        where = "; ".join(f"{name} {', '.join(map(str, values))}"
                          for name, values in group.where.items())  # fmt: skip
        reasons = " ".join(f"{reason.field}: {reason.reason}" for reason in group.reasons)
        yield f"impossible: {counted(group.count, 'cell')}{where and f' with {where}'}: {reasons}"
    for large in planned.too_large:
        yield f"impossible: {long_name(large.spec)}: {_needs(large)}"


def spread_in_words(request: SweepRequest, slots: Sequence[Slot]) -> Iterator[str]:
    """The devices that the cells are spread over, and those that were left out as unlike."""
    if not request.devices:
        return
    mine = [slot for slot in slots if slot.key in request.devices]
    hardware = {str(slot.hardware) for slot in mine}
    counted_devices = counted(len(mine), "like device")
    yield f"spread over {counted_devices} ({', '.join(s.key for s in mine)}): {'; '.join(hardware)}"
    others = [slot for slot in slots if str(slot.hardware) not in hardware]
    if others:
        listed = ", ".join(f"{slot.key} ({slot.hardware})" for slot in others)
        yield f"not used, since they are other hardware: {listed}"


def estimate_in_words(request: SweepRequest, planned: SweepPlan) -> Iterator[str]:
    """How long it will take and how much memory it needs, before it starts."""
    if not planned.to_measure:
        return
    some = f" for {request.search.trials} of the cells" if request.search else ""
    rough = f"; rough for {counted(planned.rough, 'cell')}" if planned.rough else ""
    seconds = span_in_words(expected(request, planned))
    yield f"estimate: {seconds}{some}, {counted(planned.loads, 'load')}{rough}"
    peak = planned.peak
    if peak is not None:
        yield f"memory: at most about {show(peak.peak_bytes, 'bytes')} ({long_name(peak.spec)})"


def span_in_words(seconds: Span | None) -> str:
    """`about 5 min (3 min to 8 min)`; a dash where it is unknown."""
    if seconds is None:
        return DASH
    low, likely, high = map(show_about, (seconds.low, seconds.likely, seconds.high))
    return f"about {likely}" if low == high else f"about {likely} ({low} to {high})"


def cell_in_words(cell: Cell, numbers: Mapping[str, str], picture: SweepPicture) -> str:
    """One cell that has ended, and the time that is left."""
    ended = picture.count(CellState.DONE, CellState.FAILED, CellState.SKIPPED, CellState.REUSED)
    told = cell.reason or ", ".join(f"{label} {value}" for label, value in numbers.items())
    left = f"; left {span_in_words(picture.left)}" if picture.active else ""
    place = f"[{ended}/{len(picture.cells)}]"
    seconds = f"{cell.seconds:7.1f} s" if cell.seconds is not None else " " * 9
    name = name_among(cell.spec, picture.request.axes)
    name += f" on {cell.slot}" if cell.slot else ""
    return f"{place} {seconds}  {MARKS.get(cell.state, '')}{name}: {told}{left}"


def end_in_words(picture: SweepPicture) -> Iterator[str]:
    """How it ended, and how to go on with it."""
    done, failed = picture.count(CellState.DONE), picture.count(CellState.FAILED)
    reused, waiting = picture.count(CellState.REUSED), picture.count(CellState.WAITING)
    parts = [f"{done} measured", f"{reused} measured before", f"{failed} failed"]
    share = show(picture.spent.timed_share, "share")
    yield (
        f"{', '.join(parts)}, {waiting} not measured; {picture.spent.seconds:.0f} s in all, "
        f"{share} of it warming up and measuring"
    )
    yield from picture.notes
    if picture.reason:
        yield f"stopped early: {picture.reason}"
        yield f"go on with: python -m core sweep --resume {picture.experiment_id}"


def plan_document(request: SweepRequest, prepared: Prepared) -> dict[str, Any]:
    """The plan as a document."""
    planned, cells = prepared.plan, prepared.cells
    return {
        "total": cells.total,
        "duplicates": cells.duplicates,
        "estimate": _estimate(planned, expected(request, planned)),
        "cells": [
            {
                "spec": flat_values(cell.spec),
                "run_id": cell.run_id,
                "seconds": _span(cell.seconds),
                "peak_bytes": cell.peak_bytes,
                "loads": cell.loads,
                "basis": cell.basis,
            }
            for cell in planned.cells
        ],
        "skipped": [*_impossible(prepared), *_too_large(planned)],
    }


def sweep_document(
    picture: SweepPicture, history: History, price: PriceOf, pareto: ParetoSet | None
) -> dict[str, Any]:
    """The whole sweep: each run as `run --json` prints it, and what was not run and why."""
    ids = [cell.run_id for cell in picture.cells if cell.run_id]
    runs: Iterable[StoredRun] = history.in_full(ids).runs
    return {
        "experiment_id": picture.experiment_id,
        "status": str(picture.status),
        "stopped_because": picture.reason or None,
        "devices": list(picture.request.devices),
        "notes": list(picture.notes),
        "total": picture.total,
        "cells": {str(state): picture.count(state) for state in CellState},
        "runs": [document(r, price(r.outcome), history.uncompiled_twin(r.spec)) for r in runs],
        "skipped": [*_impossible(picture.prepared), *_skipped(picture)],
        "failed": [cell.run_id for cell in picture.cells if cell.state is CellState.FAILED],
        "reused": [cell.run_id for cell in picture.cells if cell.state is CellState.REUSED],
        "not_measured": [
            flat_values(c.spec) for c in picture.cells if c.state is CellState.WAITING
        ],
        "pareto": [candidate.run_id for candidate in pareto.frontier] if pareto else [],
        "pareto_set": pareto_document(pareto) if pareto else None,
        "seconds": picture.spent.seconds,
        "seconds_in_warm_up_and_measuring": picture.spent.timed_s,
        "share_measured": picture.spent.timed_share,
        "estimate": _estimate(picture.prepared.plan, picture.estimate),
    }


def _estimate(planned: SweepPlan, seconds: Span | None) -> dict[str, Any]:
    return {
        "seconds": _span(seconds),
        "peak_bytes": planned.peak.peak_bytes if planned.peak else None,
        "loads": planned.loads,
        "rough_cells": planned.rough,
        "unknown_cells": planned.unknown,
    }


def _impossible(prepared: Prepared) -> Iterator[dict[str, Any]]:
    for cell in prepared.cells.impossible:
        spec = {**prepared.cells.base, **cell.values}
        yield {"spec": spec, "reasons": [_reason(error) for error in cell.reasons]}


def _too_large(planned: SweepPlan) -> Iterator[dict[str, Any]]:
    for large in planned.too_large:
        yield {"spec": flat_values(large.spec), "reasons": [_needs(large)]}


def _needs(large: TooLarge) -> str:
    needed, there = (show(n, "bytes") for n in (large.needed_bytes, large.device_bytes))
    return f"needs {needed} of {there}"


def _skipped(picture: SweepPicture) -> Iterator[dict[str, Any]]:
    for cell in picture.cells:
        if cell.state is CellState.SKIPPED:
            yield {"spec": flat_values(cell.spec), "reasons": [cell.reason]}


def _reason(error: RequestError) -> str:
    return f"{error.field}: {error.reason}"


def _span(seconds: Span | None) -> dict[str, float] | None:
    if seconds is None:
        return None
    return {"low": seconds.low, "likely": seconds.likely, "high": seconds.high}


def counted(count: int, thing: str) -> str:
    """`1 cell`, `24 cells`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
