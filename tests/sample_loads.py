"""How load orders end on a machine whose steps take exactly what a formula says."""

from core.analysis.batching.simulator import simulate
from core.jobs.protocol import LoadCommand
from core.results.load_outcome import CalibrationEnd, LoadOutcome, ServingEnd
from core.results.types import now
from core.variants.load_order import CalibrationOrder
from tests.sample_machines import a_run_environment
from tests.sample_steps import SampleTimes, a_calibration

TIMES = SampleTimes()


def load_end(task: LoadCommand, times: SampleTimes = TIMES) -> LoadOutcome:
    """Steps as the formula has them, or a load served in just their time."""
    order, environment = task.order, a_run_environment()
    if isinstance(order, CalibrationOrder):
        here = {"variant": order.variant, "measured_at": now(), "environment": environment}
        calibration = a_calibration(times, continuous=order.range.continuous)
        return CalibrationEnd(
            run_id=task.run_id,
            finished_at=now(),
            calibration=calibration.model_copy(update=here),
        )
    served = simulate(order.load, order.policy, times)
    return ServingEnd(
        run_id=task.run_id,
        finished_at=now(),
        served=served.model_copy(update={"simulated": False, "started_at": now()}),
        seconds=max(one.ended_s for one in served.served),
        environment=environment,
    )
