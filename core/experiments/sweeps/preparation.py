"""What a sweep begins with: its cells judged, those that are measured already, and the plan."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from core.analysis.forecast.evidence import evidence_for
from core.analysis.forecast.sweep_plan import SweepPlan, plan
from core.experiments.sweeps.sweep_request import SweepRequest
from core.jobs.slots import device_of
from core.results.history import History
from core.results.identity import present_environment_id
from core.variants.engine import Engine
from core.variants.environment import Environment
from core.variants.grid import Cells, cells_of
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Prepared:
    """A sweep's cells and its plan."""

    cells: Cells
    plan: SweepPlan


def prepare(
    request: SweepRequest,
    history: History,
    environment: Environment,
    ended: Mapping[str, str] | None = None,
) -> Prepared:
    """Judge the cells and plan the sweep. `ended` are run ids, by spec id, of cells that this very
    sweep has measured, which `fresh` does not measure again.

    Raises RequestError for a grid that cannot be, and HistoryError.
    """
    cells = cells_of(request.grid, environment)
    devices = {device_of(key) for key in request.devices}
    before = {} if request.fresh else measured_before(cells.cells, history, environment, devices)
    evidence = evidence_for(cells.cells, history, environment)
    measured = {**before, **(ended or {})}
    return Prepared(cells, plan(cells.cells, environment, evidence, measured))


def measured_before(
    specs: Iterable[RunSpec],
    history: History,
    environment: Environment,
    devices: Collection[str] = (),
) -> dict[str, str]:
    """The newest run of each spec that was measured in this very environment, by spec id; on any of
    these devices, which are alike, if some are given, else on the spec's own.
    """
    by_place: dict[tuple[str, Engine], dict[str, str]] = defaultdict(dict)
    for spec in specs:
        for device in devices or (spec.variant.device,):
            by_place[device, spec.variant.engine][spec.on(device).id] = spec.id
    found: dict[str, str] = {}
    for (device, engine), ids in by_place.items():
        environment_id = present_environment_id(environment, device, engine)
        if environment_id is not None:
            runs = history.measured_like_each([*ids], environment_id)
            found |= {ids[key]: run_id for key, run_id in runs.items()}
    return found
