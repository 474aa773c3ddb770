"""What a load test has measured, held against the simulation of the same loads."""

from collections.abc import Iterator

from core.analysis.batching.agreement import Agreement, agreement
from core.analysis.batching.step_time import fit_calibration
from core.experiments.batching.cells import LoadTestResult, MeasuredCell
from core.experiments.batching.load_request import LoadTestRequest
from core.results.format import show, show_seconds
from core.results.observed import DeviceState
from core.results.serving import Calibration
from core.results.trust import FOREIGN_SHARE
from core.variants.policy import Policy

LONG_BEFORE_S = 3600.0


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
        found.append(agreement(served, times, usd_per_hour, rate))
    return tuple(found)


def doubts(result: LoadTestResult) -> tuple[str, ...]:
    """What may have made measured and simulated differ though the simulation is right."""
    return tuple(_doubts(result))


def doubts_of_steps(calibration: Calibration) -> tuple[str, ...]:
    """What may have made the measured steps longer than the variant's own."""
    if calibration.environment is None:
        return ()
    return tuple(_disturbed(calibration.environment.after, "the steps were measured"))


def _doubts(result: LoadTestResult) -> Iterator[str]:
    calibration = result.calibration
    if calibration is not None:
        if result.steps_file is not None:
            yield _brought(calibration, result.steps_file)
        yield from doubts_of_steps(calibration)
    for cell in result.measured:
        yield from _disturbed(cell.after, f"{cell.cell.label} was served")
    moments = [cell.started_at for cell in result.measured if cell.started_at is not None]
    if calibration is None or calibration.measured_at is None or not moments:
        return
    before_s = (max(moments) - calibration.measured_at).total_seconds()
    if before_s > LONG_BEFORE_S:
        yield f"The steps were measured {show_seconds(before_s)} before the last load was served."


def _brought(calibration: Calibration, file: str) -> str:
    environment = calibration.environment
    where = f", measured on {environment.device_name}" if environment else ""
    return f"The steps are those of the file {file}{where}: they may be of another machine."


def _disturbed(after: DeviceState, what: str) -> Iterator[str]:
    share, others = after.other_cpu_share, after.other_gpu_processes
    if share is not None and share > FOREIGN_SHARE:
        yield f"Other processes used {show(share, 'share')} of the processors while {what}."
    if others:
        yield f"Other processes were on the GPU when {what} ({others})."
    if after.slowed_by:
        yield f"The GPU's clock was held down by {' and '.join(after.slowed_by)} when {what}."
