"""A discrete-event simulation of one server: the same load, policy and times give the same end."""

from core.analysis.batching.step_time import StepTimes
from core.results.serving import ServedLoad
from core.variants.load import Load
from core.variants.policy import Policy


def simulate(load: Load, policy: Policy, times: StepTimes) -> ServedLoad:
    """Serve every request of the load. Raises RequestError where the policy's kind of step was
    not measured.
    """
    raise NotImplementedError
