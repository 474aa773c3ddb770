"""The closed levers as one list, for menus and the command line alike.

A new precision or attention backend is a row of its own table; a new lever is a row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import RequestError
from core.variants.attention import ATTENTIONS
from core.variants.choice import Choice
from core.variants.compilation import BACKENDS, COMPILATIONS, MODES, Compilation
from core.variants.decoding import DECODINGS, Decoding
from core.variants.engine import DEFAULT_ENGINE, ENGINES, Engine
from core.variants.engine_support import FOLLOW_ENGINE, engines_with, has_choice
from core.variants.environment import Environment
from core.variants.kv_cache import KV_CACHES
from core.variants.models import BUNDLED_KEY
from core.variants.precision import PRECISIONS, ComputeDtype, Precision
from core.variants.request import build_spec, problems, relevant
from core.variants.spec import StopRule
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
    """One lever: the spec's field, its name, one sentence of help, and its choices. `needs` are
    values of other levers without which it has no meaning.
    """

    field: str
    label: str
    help: str
    rows: Mapping[Any, Row]
    needs: tuple[tuple[str, str], ...] = ()


COMPUTE_DTYPES = {
    ComputeDtype.FLOAT32: Choice("float32", "32 bits, as the reference."),
    ComputeDtype.BFLOAT16: Choice("bfloat16", "16 bits with the range of float32."),
    ComputeDtype.FLOAT16: Choice("float16", "16 bits with more digits and less range."),
}
STOP_RULES = {
    StopRule.FIXED: Choice("fixed length", "Exactly so many tokens: compares like with like."),
    StopRule.NATURAL: Choice(
        "natural", "At the model's own end, a stop string or the time limit; counts real tokens."
    ),
}

AXES = {
    axis.field: axis
    for axis in (
        Axis(
            "engine",
            "Engine",
            "What loads the model and generates; each has levers of its own.",
            ENGINES,
        ),
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
            "compute_dtype",
            "Computes in",
            "The float type of activations and of weights that are not quantised: a choice where "
            "weights have 4 bits.",
            COMPUTE_DTYPES,
            (("precision", Precision.NF4),),
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
            "compile_backend",
            "Compile backend",
            "What torch.compile hands its graphs to.",
            BACKENDS,
            (("compile", Compilation.PER_BLOCK),),
        ),
        Axis(
            "compile_mode",
            "Compile mode",
            "How hard Inductor tries.",
            MODES,
            (("compile", Compilation.PER_BLOCK),),
        ),
        Axis(
            "kv_cache",
            "KV cache",
            "How keys and values of earlier tokens are kept, or that they are computed anew at "
            "each step.",
            KV_CACHES,
        ),
        Axis(
            "decoding",
            "Decoding",
            "Where tokens come from; all of these give the text of greedy decoding.",
            DECODINGS,
        ),
        Axis("stop", "Stop", "When a row ends.", STOP_RULES),
    )
}


LEVERS = (*AXES, "device", "batch_size")
OF_A_SERVER = ("model", "revision", "weights")  # a server's names are no others'
ANY_ENDPOINT = "http://127.0.0.1"


@dataclass(frozen=True)
class Closed:
    """Why a choice cannot be taken; `here` where this machine, or the chosen engine, lacks it
    whatever else is chosen.
    """

    reason: str
    here: bool


def closed_choices(
    axis: Axis, levers: Mapping[str, Any], environment: Environment
) -> dict[str, Closed]:
    """Which of a lever's choices cannot be taken with the other levers as they are, and why.

    `levers` holds values of the spec's fields, the device among them.
    """
    if axis.field == "engine":
        served = OF_A_SERVER if levers.get("engine") == Engine.OPENAI else ()
        begin_anew = (*FOLLOW_ENGINE, *served)
        levers = {name: v for name, v in levers.items() if name not in begin_anew}
    present, engine = _found(levers, environment), Engine(levers.get("engine") or DEFAULT_ENGINE)
    closed = {}
    for choice in map(str, axis.rows):
        reason = _why(axis.field, choice, levers, environment, present)
        if reason and not has_choice(engine, axis.field, choice):
            closed[choice] = Closed(reason, here=True)
        elif reason:
            here = why_not_here(axis.field, choice, levers["device"], environment)
            closed[choice] = Closed(here or reason, here is not None)
    return closed


def why_closed(
    field: str, choice: str, levers: Mapping[str, Any], environment: Environment
) -> str | None:
    """Why this choice cannot be taken with the other levers as they are; None where it can."""
    return _why(field, choice, levers, environment, _found(levers, environment))


def why_not_here(field: str, choice: str, device: str, environment: Environment) -> str | None:
    """Why a choice by itself cannot be taken on that device; None where it can. With an engine that
    has it, in 16 bits, which every attention backend takes, and with what the lever needs to mean
    anything.
    """
    engine = engines_with(field, choice)[0]
    if field != "engine" and engine is not DEFAULT_ENGINE:
        no_engine = why_not_here("engine", engine, device, environment)
        if no_engine:
            return no_engine
    plain = {"precision": Precision.FP16} if engine is DEFAULT_ENGINE else {}
    levers = {"device": device, "engine": engine, **plain, **dict(AXES[field].needs)}
    return why_closed(field, choice, levers, environment)


def _why(
    field: str,
    choice: str,
    levers: Mapping[str, Any],
    environment: Environment,
    present: set[tuple[str, str]],
) -> str | None:
    """A problem of another field that is `present` without this choice too is not its fault; any
    other names the lever that stands in the way.
    """
    for error in _problems({**levers, field: choice}, environment):
        if error.field == field:
            return error.reason
        if (error.field, error.reason) not in present:
            lever = AXES[error.field].label if error.field in AXES else error.field
            return f"{lever} stands in the way. {error.reason}"
    return None


def _found(levers: Mapping[str, Any], environment: Environment) -> set[tuple[str, str]]:
    return {(error.field, error.reason) for error in _problems(levers, environment)}


def _problems(levers: Mapping[str, Any], environment: Environment) -> tuple[RequestError, ...]:
    """What stops the levers alone, whatever prompt is chosen. A model that cannot be is told of at
    its own field, and stops no lever here.
    """
    source = {name: levers[name] for name in ("model", "revision") if levers.get(name)}
    known = {name: levers[name] for name in LEVERS if levers.get(name) is not None}
    if known.get("engine") == Engine.OPENAI:
        known["endpoint"] = levers.get("endpoint") or ANY_ENDPOINT
    if known.get("decoding") == Decoding.SPECULATIVE:
        known["draft_model"] = BUNDLED_KEY
    asked = {**relevant(known), "prompt_tokens": 1, "max_new_tokens": 1}
    try:
        spec = build_spec({**asked, **source})
    except RequestError as error:
        if error.field not in source:
            raise
        spec = build_spec(asked)
    typed = ("draft_model", "endpoint")
    return tuple(error for error in problems(spec, environment) if error.field not in typed)
