"""Where the guide looks, and what its buttons do: on the default device, in the shown history.

A run is started by a click alone; how far the guide is stands in the history.
"""

from core.analysis.guide.progress import StepState, states
from core.jobs.job import JobSnapshot
from core.results.identity import present_environment_id
from core.variants.environment import Environment
from core.variants.spec import RunSpec
from pages.widgets import mode_state, sample_state, state


def steps(environment: Environment) -> tuple[StepState, ...]:
    """Every step: of this machine as it is now, or of the sample's as it was."""
    history = state.manager().history
    if mode_state.is_sample():
        return states(history, environment, sample_state.sample().origin.device_key, None)
    device = environment.default_device
    here = present_environment_id(environment, device)
    return states(history, environment, device, here)


def job_of(one: StepState) -> JobSnapshot | None:
    """The step's run while it is queued or goes on, also one that the history could not take."""
    jobs = state.manager()
    mine = _active(one.spec)
    if mine is not None or one.active_id is None:
        return mine
    job = jobs.snapshot(one.active_id)
    return job if job is not None and job.active else None


def start(topic: str, spec: RunSpec) -> None:
    """Queue a step's run, unless another tab has; a refusal becomes the step's notice."""
    if _active(spec) is None:
        state.attempt(topic, lambda: state.manager().submit(spec))


def _active(spec: RunSpec) -> JobSnapshot | None:
    """The run of that spec that this server has queued or measures."""
    return next((job for job in state.manager().active() if job.spec == spec), None)
