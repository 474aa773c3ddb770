"""What a run will need and how long it will take, before it is started; always an estimate.

Bytes follow from the model's sizes, seconds from what was measured on this machine: the very
estimate that a sweep makes for each of its cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.forecast.cell_time import Before, cell_time, quality_key, reference_of
from core.analysis.forecast.evidence import Evidence, Seen, measured_here
from core.analysis.forecast.need import Asked, Needs
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Estimate:
    """Bytes and seconds; None where they cannot be told. `fits` compares need and free memory,
    `basis` says in words what the seconds rest on.
    """

    weights_bytes: int | None
    kv_cache_bytes: int | None
    activation_bytes: int | None
    needed_bytes: int | None
    free_bytes: int | None
    fits: bool | None
    seconds_low: float | None
    seconds_likely: float | None
    seconds_high: float | None
    basis: str


def estimate(
    spec: RunSpec, environment: Environment, similar: Sequence[RunResult], resident: bool
) -> Estimate:
    """Estimate a run. `similar` are measured runs of its model and device, of which those of other
    machines tell nothing; a resident variant needs no load, no new worker, and no memory for
    weights.
    """
    device = environment.device(spec.variant.device)
    asked = Needs(environment).asked(spec)
    if asked is None or device is None:
        unknown = "its sizes are not known" if device else f"there is no {spec.variant.device} here"
        free = device.free_bytes if device else None
        return Estimate(None, None, None, None, free, None, None, None, None, unknown)
    evidence = Evidence(measured_here(similar, environment))
    needed = _still_needed(asked, evidence.seen, resident)
    took = cell_time(asked, _before(spec, evidence, resident), evidence)
    return Estimate(
        weights_bytes=asked.need.weights_bytes,
        kv_cache_bytes=asked.need.kv_cache_bytes,
        activation_bytes=asked.need.activation_bytes,
        needed_bytes=needed,
        free_bytes=device.free_bytes,
        fits=needed <= device.free_bytes,
        seconds_low=took.total.low,
        seconds_likely=took.total.likely,
        seconds_high=took.total.high,
        basis=took.basis,
    )


def _still_needed(asked: Asked, seen: Sequence[Seen], resident: bool) -> int:
    """Bytes beyond what is taken already: a resident variant has its weights and its process."""
    if resident:
        return asked.needed_bytes - asked.need.weights_bytes
    runtime = seen[0].run.memory.runtime_bytes if seen else None
    return asked.needed_bytes + (runtime or 0)


def _before(spec: RunSpec, evidence: Evidence, resident: bool) -> Before:
    judged = {quality_key(one.run.spec.variant) for one in evidence.seen if one.run.quality}
    return Before(
        worker=resident,
        loaded=resident,
        quality=quality_key(spec.variant) in judged,
        reference=reference_of(spec.variant) in judged,
    )
