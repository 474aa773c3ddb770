"""What the controls of a load and of policies hold in the session.

Beside `state`, a module that touches `st.session_state`. Each kind of arrivals, of amounts and of
lengths has fields of its own, so that nothing that was typed is lost by trying another kind.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.errors import RequestError
from core.variants.drawn_lengths import TAKES, LengthKind, Lengths
from core.variants.load import Arrivals, Load
from core.variants.policy import POLICIES, Policy, PolicyKind
from core.variants.trace import decode_trace
from pages.widgets import state

SLIDER = "load_rate_slider"
SPREAD = "load_spread"
TRACE, TRACE_FILE = "load_trace", "load_trace_file"
AT_ONCE, PERIODS, BOTH = "several at once", "periods with pauses", "both"
BURST_FIELDS = {
    AT_ONCE: ("burst_size",),
    PERIODS: ("on_s", "off_s"),
    BOTH: ("burst_size", "on_s", "off_s"),
}
REQUESTS, SECONDS = "so many requests", "so many seconds"
SIDES = ("prompt", "output")
TRACE_FIELDS = ("rate_per_s", "requests", "duration_s")
USUAL: dict[str, Any] = {
    "rate_per_s": 1.0, "burst_size": 4, "on_s": 10.0, "off_s": 20.0, "requests": 100,
    "duration_s": 60.0, "trace": "", "trace_rate_per_s": None, "trace_requests": None,
    "trace_duration_s": None,
}  # fmt: skip
MEASURING: dict[str, Any] = {
    "calibration_s": 60, "repeats": 1, "most_minutes": 15, "overloads": False,
    **{f"{kind}_measured": True for kind in PolicyKind},
}  # fmt: skip
USUAL_LENGTHS: dict[LengthKind, dict[str, Any]] = {
    LengthKind.FIXED: {"mean": 64},
    LengthKind.UNIFORM: {"low": 16, "high": 128},
    LengthKind.GEOMETRIC: {"mean": 64.0},
    LengthKind.LOGNORMAL: {"mean": 64.0, "spread": 0.5},
    LengthKind.TRACE: {},
}


def key_of(field: str) -> str:
    """The key of a field's control."""
    return f"load_{field}"


def length_field(side: str, kind: LengthKind, part: str) -> str:
    """The field of a part of one kind of lengths, of prompts or of answers."""
    return f"{side}_{kind}_{part}"


def policy_field(kind: PolicyKind, part: str = "on") -> str:
    """The field of a part of a policy: whether it is on, its batch size, its timeout."""
    return f"{kind}_{part}"


def measure_field(kind: PolicyKind) -> str:
    """The field of whether a policy is measured, where it is on."""
    return policy_field(kind, "measured")


def not_measured() -> set[PolicyKind]:
    """The policies that shall not be measured."""
    return {kind for kind in PolicyKind if not value(measure_field(kind))}


def value(field: str) -> Any:
    """A field's value as the session has it."""
    return st.session_state[key_of(field)]


def put(field: str, new: object) -> None:
    """Set a field."""
    st.session_state[key_of(field)] = new


def rate_field() -> str:
    """The field of the rate with these arrivals: that of a trace is empty for its own rate."""
    return "trace_rate_per_s" if value("arrivals") == Arrivals.TRACE else "rate_per_s"


def set_slider(rate_per_s: float) -> None:
    """Put the slider over rates where the load is."""
    st.session_state[SLIDER] = rate_per_s


def take_slider() -> None:
    """Give the load the slider's rate."""
    put(rate_field(), float(st.session_state[SLIDER]))


def start_load() -> None:
    """Begin, once in a session, with the usual load and one policy of each kind."""
    if key_of("arrivals") in st.session_state:
        return
    set_up(Load(), [Policy(kind=kind) for kind in PolicyKind])
    for field, new in MEASURING.items():
        put(field, new)


def take_load(load: Load, policies: Sequence[Policy], measured: Sequence[Policy]) -> None:
    """Set the fields to a stored load, its policies, and which of them are measured; those of a
    session that has had none yet are begun.
    """
    start_load()
    set_up(load, [*policies, *measured])
    for kind in PolicyKind if measured else ():
        put(measure_field(kind), kind in {policy.kind for policy in measured})


def set_up(load: Load, policies: Sequence[Policy]) -> None:
    """Set all fields to that load and those policies."""
    fields = {**USUAL, **_arrivals_of(load), **_lengths_of(load), **_policies_of(policies)}
    for field, new in fields.items():
        put(field, new)


def load_values() -> dict[str, Any]:
    """The fields of a load that the controls ask for now, as `build_load` takes them."""
    given = {"arrivals": value("arrivals"), "seed": value("seed")}
    given |= _arrivals() | {f"{side}_lengths": _lengths(side) for side in SIDES}
    known = {name: found for name, found in given.items() if found not in (None, "")}
    return known | {name: value(name) for name in ("ttft_s", "tpot_s")}


def policy_values() -> list[dict[str, Any]]:
    """The policies that are on, as `build_policy` takes them."""
    return [
        {
            "kind": kind,
            **({"batch_size": value(policy_field(kind, "batch_size"))} if row.sized else {}),
            **({"timeout_s": value(policy_field(kind, "timeout_s"))} if row.timed else {}),
        }
        for kind, row in POLICIES.items()
        if value(policy_field(kind))
    ]


def settle_lengths() -> None:
    """Other arrivals were picked: a trace has lengths too, and without one there are none of it."""
    traced = value("arrivals") == Arrivals.TRACE
    for side in SIDES:
        if traced or value(f"{side}_kind") == LengthKind.TRACE:
            put(f"{side}_kind", str(LengthKind.TRACE if traced else LengthKind.UNIFORM))


def measuring() -> dict[str, Any]:
    """How a load is measured, as a LoadTestRequest has it."""
    given = {field: value(field) for field in ("calibration_s", "repeats", "overloads")}
    devices = tuple(st.session_state.get(SPREAD, ()))
    return {**given, "most_s": 60 * value("most_minutes"), "devices": devices}


def take_trace_file() -> None:
    """Make the uploaded file the trace; one that is no text leaves a notice instead."""
    uploaded = st.session_state[TRACE_FILE]
    if uploaded is None:
        return
    try:
        put("trace", decode_trace(uploaded.getvalue()))
    except RequestError as error:
        state.leave_notice(f"{uploaded.name}: {error.reason}", TRACE)


def _arrivals() -> dict[str, Any]:
    """When requests come, and how many."""
    if value("arrivals") == Arrivals.TRACE:
        limits = {field: value(f"trace_{field}") for field in TRACE_FIELDS}
        return {"trace": value("trace"), **limits}
    amount = "requests" if value("amount") == REQUESTS else "duration_s"
    fields = ["rate_per_s", amount]
    if value("arrivals") == Arrivals.BURSTS:
        fields += BURST_FIELDS[value("bursts")]
    return {field: value(field) for field in fields}


def _lengths(side: str) -> dict[str, Any]:
    kind = LengthKind(value(f"{side}_kind"))
    needed, optional = TAKES[kind]
    parts = {part: value(length_field(side, kind, part)) for part in (*needed, *optional)}
    return {"kind": kind, **{part: found for part, found in parts.items() if found is not None}}


def _arrivals_of(load: Load) -> dict[str, Any]:
    """The fields of when requests come, how many, and what they must keep."""
    traced = load.arrivals is Arrivals.TRACE
    prefix = "trace_" if traced else ""
    given = {
        **{f"{prefix}{name}": getattr(load, name) for name in TRACE_FIELDS},
        **{name: getattr(load, name) for name in ("trace", *BURST_FIELDS[BOTH])},
    }
    return {
        **{name: found for name, found in given.items() if found is not None},
        "arrivals": str(load.arrivals),
        "bursts": _bursts_of(load),
        "amount": SECONDS if load.duration_s is not None else REQUESTS,
        "seed": load.seed,
        "ttft_s": load.objective.ttft_s,
        "tpot_s": load.objective.tpot_s,
    }


def _bursts_of(load: Load) -> str:
    """What its bursts are, of the choices of the page."""
    if load.on_s is None:
        return AT_ONCE
    return PERIODS if load.burst_size is None else BOTH


def _lengths_of(load: Load) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    both: dict[str, Lengths] = {"prompt": load.prompt_lengths, "output": load.output_lengths}
    for side, lengths in both.items():
        fields[f"{side}_kind"] = str(lengths.kind)
        for kind, usual in USUAL_LENGTHS.items():
            given = lengths.model_dump(exclude_none=True) if kind is lengths.kind else usual
            for part in (name for names in TAKES[kind] for name in names):
                fields[length_field(side, kind, part)] = _as_drawn(kind, given.get(part))
    return fields


def _as_drawn(kind: LengthKind, number: Any) -> Any:
    """A number as its field draws it: a fixed length has no decimals."""
    return int(number) if kind is LengthKind.FIXED and number is not None else number


def _policies_of(policies: Sequence[Policy]) -> dict[str, Any]:
    """One policy of each kind; of those that are not among them the usual numbers."""
    by_kind = {policy.kind: policy for policy in policies}
    fields: dict[str, Any] = {}
    for kind in PolicyKind:
        policy = by_kind.get(kind, Policy(kind=kind))
        fields[policy_field(kind)] = kind in by_kind
        fields[policy_field(kind, "batch_size")] = policy.batch_size
        fields[policy_field(kind, "timeout_s")] = policy.timeout_s
    return fields
