"""What a load test will take, before it is measured: told by the simulation of each cell.

Serving in real time takes as long as the load does, so it is said beforehand, and a load that a
policy cannot serve is refused before it runs for an hour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.analysis.batching.capacity import load_problems, overload_of
from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import FittedSteps, fit_calibration
from core.errors import RequestError
from core.experiments.batching.cells import Cell, LoadTestResult
from core.experiments.batching.load_request import LoadTestRequest
from core.results.format import show_about
from core.results.serving import Calibration
from core.variants.load import Load
from core.variants.policy import Policy

CELL_S = 6.0
"""Of each cell besides serving: warming up, and what a worker does between two orders."""


@dataclass(frozen=True)
class Expected:
    """A rate and a policy: how long serving the load takes, and why it is refused, if it is."""

    seconds: float
    problem: RequestError | None


@dataclass(frozen=True)
class GivenSteps:
    """Measured steps that a person brings, and the file that has them."""

    calibration: Calibration
    file: str


@dataclass(frozen=True)
class LoadPlan:
    """A load test before it begins. `calibration` are stored steps that will be used, from
    `calibrated_in` or `steps_file`, None where they are measured first; then nothing is known of
    the cells, and `seconds` are those of measuring steps alone. `problems` say why it cannot begin.
    """

    calibration: Calibration | None
    calibrated_in: str | None
    steps_file: str | None
    expected: Mapping[Cell, Expected] | None
    seconds: float
    problems: tuple[RequestError, ...]


def expected_cells(request: LoadTestRequest, calibration: Calibration) -> Mapping[Cell, Expected]:
    """What each cell will take. Raises RequestError where the steps were not measured for it."""
    times = fit_calibration(calibration)
    known: dict[tuple[float | None, Policy], Expected] = {}
    cells = {}
    for cell in request.cells():
        key = (cell.rate_per_s, cell.policy)
        if key not in known:
            load = request.load_at(cell.rate_per_s)
            known[key] = _expected(request, load, cell.policy, times, calibration.context)
        cells[cell] = known[key]
    return cells


def seconds_left(
    expected: Mapping[Cell, Expected], result: LoadTestResult | None = None, slots: int = 1
) -> float:
    """About how long so many slots take for the cells that are open, no less than the longest."""
    open_cells = [
        one.seconds + CELL_S
        for cell, one in expected.items()
        if one.problem is None and not (result and result.settled(cell))
    ]
    return max(sum(open_cells) / max(slots, 1), max(open_cells, default=0.0))


def plan_problems(
    request: LoadTestRequest, expected: Mapping[Cell, Expected]
) -> Iterator[RequestError]:
    """Why nothing of this can be measured: each cell is refused, or all together take too long."""
    problems = [one.problem for one in expected.values()]
    refused = [problem for problem in problems if problem is not None]
    if problems and len(refused) == len(problems):
        yield refused[0]
    seconds = seconds_left(expected, slots=len(request.devices))
    if seconds > request.most_s:
        reason = f"serving all of it would take {show_about(seconds)}."
        valid = (f"at least {seconds:.0f} seconds", "fewer requests, policies, rates or repeats")
        yield RequestError("most_s", request.most_s, reason, valid)


def _expected(
    request: LoadTestRequest,
    load: Load,
    policy: Policy,
    times: FittedSteps,
    context: int | None,
) -> Expected:
    served = simulate(load, policy, times).served
    seconds = max(one.ended_s for one in served)
    problems = list(load_problems(load, policy, times, context))
    if request.overloads and problems and overload_of(load, policy, times):
        problems = [problem for problem in problems if problem.field != "rate_per_s"]
    return Expected(seconds, problems[0] if problems else None)
