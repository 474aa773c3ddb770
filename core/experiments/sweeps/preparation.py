"""What a sweep begins with: its cells judged, those that are measured already, and the plan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.analysis.forecast.evidence import evidence_for
from core.analysis.forecast.sweep_plan import SweepPlan, plan
from core.experiments.sweeps.sweep_request import SweepRequest
from core.results.history import History
from core.results.identity import present_environment_id
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.grid import Cells, cells_of
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Prepared:
    """A sweep's cells, its plan, and the measured runs that the plan's times rest on."""

    cells: Cells
    plan: SweepPlan
    evidence: tuple[RunResult, ...] = ()


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
    before = {} if request.fresh else measured_before(cells.cells, history, environment)
    evidence = evidence_for(cells.cells, history, environment)
    measured = {**before, **(ended or {})}
    return Prepared(cells, plan(cells.cells, environment, evidence, measured), evidence)


def measured_before(
    specs: Iterable[RunSpec], history: History, environment: Environment
) -> dict[str, str]:
    """The newest run of each spec that was measured in this very environment, by spec id."""
    by_device: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        by_device[spec.variant.device].append(spec.id)
    found: dict[str, str] = {}
    for device, ids in by_device.items():
        environment_id = present_environment_id(environment, device)
        if environment_id is not None:
            found |= history.measured_like_each(ids, environment_id)
    return found
