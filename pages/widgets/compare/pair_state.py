"""What the two sides of an A/B are set to: its part of session state and of the URL.

Both sides ask the same question and share what no lever of either changes: the *base*, which is
the default or a stored run's. Each side has a field of its own for each lever.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import RequestError
from core.results.types import RunResult
from core.variants.engine import Engine
from core.variants.engine_support import BY_ENGINE, values_with
from core.variants.pairing import PairPlan
from core.variants.request import build_spec, flat_values, relevant
from core.variants.spec import RunSpec
from pages.widgets import state
from pages.widgets.compare.compare_state import FIRST, PAIR, linked_ids

A, B = "a", "b"
SIDES = (A, B)
LEVERS = (
    "engine", "endpoint", "model", "weights", "precision", "compute_dtype", "attention", "compile",
    "compile_backend", "compile_mode", "kv_cache", "decoding", "draft_model", "draft_tokens",
    "batch_size",
)  # fmt: skip
SHARED = ("prompt", "prompt_tokens", "max_new_tokens", "device")
BASE, TAKEN = "ab_base", "ab_taken"
KIND, PAIRS, EFFECT, SOURCE = "ab_prompt_kind", "ab_pairs", "ab_effect", "ab_source"
BASE_KIND = "ab_base_prompt_kind"
NOTICE = "pair_source"
PAIR_BOUNDS = (6, 1000)
NOTHING = ""  # no stored run: the defaults


def key_of(side: str, field: str) -> str:
    """The key of a side's field."""
    return f"ab_{side}_{field}"


def shared_key(field: str) -> str:
    """The key of a field that both sides share."""
    return f"ab_{field}"


def linked_first() -> str:
    """The run that the URL names as A, if any."""
    return st.query_params.get(FIRST, NOTHING)


def linked_pair() -> tuple[str, ...]:
    """The runs of a pair that the URL names: one or both, A first."""
    return linked_ids(PAIR)[:2]


def follow_pair(a: str, b: str) -> None:
    """Make the URL a link to a pair."""
    st.query_params[PAIR] = f"{a},{b}"


def leave_pair() -> None:
    """Go back to the controls, which are as they were."""
    st.query_params.pop(PAIR, None)


def must_begin() -> bool:
    """Whether the controls have no values yet, or the URL names another run than they began as."""
    linked = linked_first()
    return BASE not in st.session_state or (bool(linked) and st.session_state[TAKEN] != linked)


def has_begun() -> bool:
    """Whether the controls have values."""
    return BASE in st.session_state


def begin_as(run_id: str, device: str) -> None:
    """Set both sides to a stored run, or to the defaults where there is none of that id."""
    run = state.manager().history.get(run_id) if run_id else None
    begin(run_id, run.spec if run else None, device)
    if run_id and run is None:
        state.leave_notice(f"There is no run {run_id} in this history.", NOTICE)


def begin(run_id: str, spec: RunSpec | None, device: str) -> None:
    """Set both sides to the spec of that run, or without one to the default on that device."""
    given = flat_values(spec) if spec else {"device": device}
    values = state.first_values(given)
    values["shortest_prompt_tokens"] = given.get("shortest_prompt_tokens")
    st.session_state[BASE] = values
    st.session_state[TAKEN] = st.session_state[SOURCE] = run_id
    st.session_state[KIND] = st.session_state[BASE_KIND] = state.kinds_of(given)[state.PROMPT_KIND]
    for field in SHARED:
        st.session_state[shared_key(field)] = values[field]
    for side in SIDES:
        _set_side(side, values)


def taken() -> str:
    """The run that the controls began as; empty for none."""
    return str(st.session_state[TAKEN])


def chosen_source() -> str:
    """The run that was chosen to begin as; the URL becomes a link to it."""
    chosen = str(st.session_state[SOURCE])
    if chosen:
        st.query_params[FIRST] = chosen
    else:
        st.query_params.pop(FIRST, None)
    return chosen


def copy_a() -> None:
    """Make B what A is."""
    _set_side(B, {field: st.session_state[key_of(A, field)] for field in LEVERS})


def settle_engine(side: str) -> None:
    """Another engine was picked on a side: levers that it has not begin anew."""
    engine = Engine(value_of(side, "engine"))
    for field, value in values_with(engine, {f: value_of(side, f) for f in BY_ENGINE}).items():
        st.session_state[key_of(side, field)] = value


def settle_weights(side: str) -> None:
    """Another model was picked on a side: give it the weights that it usually has here."""
    with contextlib.suppress(RequestError):
        variant = build_spec({"model": value_of(side, "model")}).variant
        st.session_state[key_of(side, "weights")] = str(variant.weights)


def base(field: str) -> Any:
    """A field's value in the base."""
    return st.session_state[BASE][field]


def value_of(side: str, field: str) -> Any:
    """A lever as a side has it now."""
    return st.session_state[key_of(side, field)]


def prompt_is_text() -> bool:
    """Whether both sides continue a text, and not so many synthetic tokens."""
    return bool(st.session_state[KIND] == state.TEXT)


def base_is_synthetic() -> bool:
    """Whether what both began as has synthetic tokens for a prompt."""
    return bool(st.session_state[BASE_KIND] == state.SYNTHETIC)


def question() -> dict[str, Any]:
    """What both sides are asked, with one of the two prompts."""
    unused = ("prompt_tokens" if prompt_is_text() else "prompt", "device")
    return {field: st.session_state[shared_key(field)] for field in SHARED if field not in unused}


def put_question(asked: Mapping[str, Any]) -> None:
    """Set what both sides are asked, before it is drawn."""
    for field, value in asked.items():
        st.session_state[shared_key(field)] = value
    if {"prompt", "prompt_tokens"} & {*asked}:
        st.session_state[KIND] = state.kinds_of(asked)[state.PROMPT_KIND]


def put(side: str, field: str, value: object) -> None:
    """Set a side's lever, before it is drawn."""
    st.session_state[key_of(side, field)] = value


def values_of(side: str) -> dict[str, Any]:
    """A side's fields, without what is empty or has no meaning with the rest."""
    unused = "prompt_tokens" if prompt_is_text() else "prompt"
    shared = {field: st.session_state[shared_key(field)] for field in SHARED}
    levers = {field: value_of(side, field) for field in LEVERS}
    values = {**st.session_state[BASE], **shared, **levers, unused: None}
    if values["model"] != base("model"):
        values["revision"] = None
    return relevant({name: value for name, value in values.items() if value not in (None, "")})


def plan() -> PairPlan:
    """How many pairs, and which effect is of interest."""
    given = (st.session_state.get(PAIRS), st.session_state.get(EFFECT))
    usual = PairPlan()
    pairs, percent = given
    return PairPlan(
        most_pairs=pairs or usual.most_pairs,
        smallest_effect=percent / 100 if percent else usual.smallest_effect,
    )


def effect_of(result: RunResult) -> float:
    """The smallest effect of interest, as a share: the pair's own, or that of the controls."""
    return result.pairing.smallest_effect if result.pairing else plan().smallest_effect


def plan_of(result: RunResult, more_pairs: int | None) -> PairPlan:
    """The plan of a pair, with room for so many pairs more where it is not decided."""
    if result.pairing is None:
        return plan()
    pairs = result.pairing.most_pairs
    if more_pairs:
        pairs = min(max(pairs, result.pairing.pairs + more_pairs), PAIR_BOUNDS[1])
    return PairPlan(most_pairs=pairs, smallest_effect=result.pairing.smallest_effect)


def set_up_again(a: RunResult, b: RunSpec, anew: PairPlan) -> None:
    """Set the controls to a pair, which begins as its A, and show them."""
    begin(a.run_id, a.spec, a.spec.variant.device)
    _set_side(B, state.first_values(flat_values(b)))
    st.session_state[PAIRS] = anew.most_pairs
    st.session_state[EFFECT] = anew.smallest_effect * 100
    st.query_params[FIRST] = a.run_id
    leave_pair()


def _set_side(side: str, values: Mapping[str, Any]) -> None:
    for field in LEVERS:
        st.session_state[key_of(side, field)] = values[field]
