"""The closed levers as one list, for menus and the command line alike.

A new precision or attention backend is a row of its own table; a new lever is a row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import RequestError
from core.variants.attention import ATTENTIONS
from core.variants.compilation import COMPILATIONS
from core.variants.environment import Environment
from core.variants.kv_cache import KV_CACHES
from core.variants.precision import PRECISIONS
from core.variants.request import build_spec, problems
from core.variants.weights import WEIGHTS


class Row(Protocol):
    """What every table of choices says of a choice."""

    @property
    def label(self) -> str:
        """The choice's name."""

    @property
    def summary(self) -> str:
        """One sentence on what it does."""


@dataclass(frozen=True)
class Axis:
    """One lever: the spec's field, its name, one sentence of help, and its choices."""

    field: str
    label: str
    help: str
    rows: Mapping[Any, Row]


AXES = {
    axis.field: axis
    for axis in (
        Axis(
            "weights",
            "Weights",
            "The model's own weights, or random ones in its shape where those cannot be had.",
            WEIGHTS,
        ),
        Axis(
            "precision",
            "Precision",
            "How the weights are stored: fewer bits take less memory, and may cost quality "
            "or speed.",
            PRECISIONS,
        ),
        Axis(
            "attention",
            "Attention",
            "Which implementation computes attention; the results are the same up to rounding.",
            ATTENTIONS,
        ),
        Axis(
            "compile",
            "torch.compile",
            "Compile the model before it runs: a long first run, and often faster ones after it.",
            COMPILATIONS,
        ),
        Axis(
            "kv_cache",
            "KV cache",
            "Keep the keys and values of earlier tokens, or compute them anew at each step.",
            KV_CACHES,
        ),
    )
}


def why_closed(
    field: str, choice: str, levers: Mapping[str, Any], environment: Environment
) -> str | None:
    """Why this choice cannot be taken with the other levers as they are; None where it can.

    `levers` holds the closed fields, the device, and the model where its weights are asked about.
    A problem of another field that the present choice has too is not this choice's fault.
    """
    present = {str(error) for error in _problems(levers, environment)}
    found = _problems({**levers, field: choice}, environment)
    reasons = [e.reason for e in found if e.field == field or str(e) not in present]
    return reasons[0] if reasons else None


def _problems(levers: Mapping[str, Any], environment: Environment) -> tuple[RequestError, ...]:
    """What stops the levers alone, whatever prompt is chosen. A model that cannot be is told of at
    its own field, and stops no lever here.
    """
    source = {name: levers[name] for name in ("model", "revision") if levers.get(name)}
    known = {name: levers[name] for name in (*AXES, "device") if name in levers}
    shortest = {"prompt_tokens": 1, "max_new_tokens": 1}
    try:
        spec = build_spec({**known, **source, **shortest})
    except RequestError as error:
        if error.field not in source:
            raise
        spec = build_spec({**known, **shortest})
    return problems(spec, environment)
