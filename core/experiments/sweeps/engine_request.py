"""One question to several engines as a sweep: what they share is the base, the rest together."""

from collections.abc import Sequence

from core.experiments.sweeps.sweep_request import SweepRequest, Value
from core.variants.request import flat_values
from core.variants.spec import RunSpec


def engine_request(specs: Sequence[RunSpec]) -> SweepRequest:
    """The sweep over exactly these specs, which ask the same question. It is measured like any
    other: planned, watched, stopped, resumed; what was measured before in this environment is
    taken from the history.
    """
    flat = [_values(spec) for spec in specs]
    shared = {
        name: value
        for name, value in flat[0].items()
        if all(name in other and other[name] == value for other in flat[1:])
    }
    own = [{name: v for name, v in values.items() if name not in shared} for values in flat]
    return SweepRequest(axes={}, base=shared, together=tuple(own), objectives=OBJECTIVES)


OBJECTIVES = ("e2e_s", "peak_bytes")


def _values(spec: RunSpec) -> dict[str, Value]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in flat_values(spec).items()
    }
