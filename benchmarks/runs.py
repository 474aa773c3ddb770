"""Runs of the bundled model through the program, as the benchmarks need them."""

from core.jobs.manager import JobManager
from core.results.types import RunResult
from core.variants.environment import read_environment
from core.variants.request import build_spec
from core.variants.spec import RunSpec


def bundled_spec(**workload: object) -> RunSpec:
    """The default variant on the default device; one repeat and no quality unless asked."""
    values = {"device": read_environment().default_device, "repeats": 1, "quality": False}
    return build_spec({**values, **workload})


def run_bundled(manager: JobManager, **workload: object) -> RunResult:
    """Run the default variant and wait; raises as `carry_out` does."""
    return carry_out(manager, bundled_spec(**workload))


def carry_out(manager: JobManager, spec: RunSpec) -> RunResult:
    """Run it and wait. Raises RuntimeError where it ends in any way but a result."""
    outcome = manager.wait(manager.submit(spec))
    if not isinstance(outcome, RunResult):
        raise RuntimeError(f"the run ended as {outcome.kind}: {outcome.message}")
    return outcome
