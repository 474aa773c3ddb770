"""What a load test has measured, held against the simulation of the same loads."""

from core.analysis.batching.agreement import Agreement, agreement
from core.analysis.batching.step_time import fit_calibration
from core.experiments.batching.cells import LoadTestResult, MeasuredCell
from core.experiments.batching.load_request import LoadTestRequest
from core.variants.policy import Policy


def agreements(
    request: LoadTestRequest, result: LoadTestResult, usd_per_hour: float | None = None
) -> tuple[Agreement, ...]:
    """One for each rate and policy that was served at least once, in the order of serving; none
    where the steps are not known.
    """
    if result.calibration is None:
        return ()
    times = fit_calibration(result.calibration)
    groups: dict[tuple[float | None, Policy], list[MeasuredCell]] = {}
    for cell in result.measured:
        groups.setdefault((cell.rate_per_s, cell.policy), []).append(cell)
    found = []
    for (rate, _), cells in groups.items():
        load = request.load_at(rate)
        served = [cell.served_load(load) for cell in cells]
        found.append(agreement(served, times, usd_per_hour))
    return tuple(found)
