"""Any state of a page's controls stands in its link, and a fresh session that takes it has it.

The session and the URL are plain dictionaries here, so that hundreds of states can be tried.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import streamlit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.jobs.manager import JobManager
from core.variants.axes import AXES
from core.variants.drawn_lengths import LengthKind
from core.variants.load import Arrivals
from core.variants.policy import PolicyKind
from pages.widgets import price_state, state
from pages.widgets.batching import load_state
from pages.widgets.compare import pair_state
from pages.widgets.links.batching_link import batching_link
from pages.widgets.links.compare_link import compare_link
from pages.widgets.links.explore_link import explore_link
from pages.widgets.links.page_link import PageLink, read_link, write_link
from pages.widgets.links.sweep_link import sweep_link
from pages.widgets.sweep import grid_state

ROUND_TRIPS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Begin = Callable[[], dict[str, Any]]
numbers = st.integers(-5, 100_000)
texts = st.text(max_size=30)


class Query(dict[str, str]):
    """Of a URL what the pages ask of it."""


@pytest.fixture
def empty(jobs: JobManager, monkeypatch: pytest.MonkeyPatch) -> Begin:  # noqa: ARG001
    """Begin a session that holds nothing, at a bare URL."""

    def begin() -> dict[str, Any]:
        session: dict[str, Any] = {}
        monkeypatch.setattr(streamlit, "session_state", session)
        monkeypatch.setattr(streamlit, "query_params", Query())
        return session

    return begin


def there(link: PageLink) -> Mapping[str, list[str]]:
    """The link's parameters as a browser would send them."""
    written = write_link(link.kinds, link.values())
    assert not written.left_out
    return parse_qs(urlencode(written.texts), keep_blank_values=True)


levers = {
    field: st.sampled_from([*map(str, axis.rows)])
    for field, axis in AXES.items()
    if field not in ("engine", "compute_dtype", "weights")
}
whole_fields = ("batch_size", "max_new_tokens", "warmup", "repeats", "draft_tokens", "seed")
maybe = {"max_length": numbers | st.none(), "no_repeat_ngram_size": numbers | st.none(),
         "time_limit_s": st.floats(0, 1e6) | st.none()}  # fmt: skip
free = {"prompt": texts, "task": texts, "stop_strings": texts, "revision": texts,
        "model": st.text(min_size=1, max_size=20), "draft_model": st.none() | texts}  # fmt: skip
controls = st.fixed_dictionaries(
    {},
    optional={
        **levers, **dict.fromkeys(whole_fields, numbers), **maybe, **free,
        "weights": st.sampled_from(["trained", "random"]), "quality": st.booleans(),
        "prompt_tokens": numbers, "shortest_prompt_tokens": numbers,
        state.PROMPT_KIND: st.sampled_from([state.TEXT, state.SYNTHETIC]),
        state.MIXED: st.booleans(),
    },
)  # fmt: skip


@ROUND_TRIPS
@given(controls)
def test_explore(empty: Begin, chosen: dict[str, Any]) -> None:
    empty()
    state.start_controls({"device": "cpu"})
    state.put_controls(chosen)
    asked = state.chosen()
    sent = there(explore_link())
    empty()
    found = read_link(explore_link().kinds, sent)
    assert not found.problems
    explore_link().take(found.values)
    assert state.chosen() == asked
    assert there(explore_link()) == sent


def test_a_bare_page_has_a_bare_link(empty: Begin) -> None:
    empty()
    state.start_controls({"device": "cpu"})
    grid_state.start_grid({"device": "cpu"})
    load_state.start_load()
    for link in (explore_link, sweep_link, batching_link, compare_link):
        assert there(link()) == {}


def test_prices_that_were_changed_are_in_the_link(empty: Begin) -> None:
    empty()
    state.start_controls({"device": "cpu"})
    price_state.note_usual("cpu", 0.1)
    streamlit.session_state[price_state.price_field("cpu")] = 0.1
    assert there(explore_link()) == {}
    streamlit.session_state[price_state.price_field("cpu")] = 0.25
    streamlit.session_state[price_state.price_field("http://127.0.0.1:8000/v1")] = 3.0
    assert there(explore_link()) == {"price": ["0.25@cpu,3@http://127.0.0.1:8000/v1"]}


grids = st.fixed_dictionaries(
    {},
    optional={
        **{
            field: st.lists(st.sampled_from([*map(str, AXES[field].rows)]), unique=True)
            for field in ("precision", "attention", "kv_cache", "compile", "stop", "decoding")
        },
        "model": st.lists(st.text("abc/, ", min_size=1).map(str.strip), unique=True, max_size=3),
        "batch_size": st.text("0123456789, x", max_size=12),
        "max_new_tokens": st.lists(numbers, max_size=4).map(lambda all: ", ".join(map(str, all))),
    },
)


@ROUND_TRIPS
@given(grids, st.booleans(), texts)
def test_sweep(empty: Begin, grid: dict[str, Any], synthetic: bool, prompt: str) -> None:
    empty()
    grid_state.start_grid({"device": "cpu"})
    for field, value in grid.items():
        streamlit.session_state[grid_state.key_of(field)] = value
    kind = state.SYNTHETIC if synthetic else state.TEXT
    state.put_controls({"prompt": prompt, state.PROMPT_KIND: kind, "repeats": 7})
    sent = there(sweep_link())
    hidden = {"compile_mode", "compile_backend", "draft_model", "draft_tokens"}
    fields = [field for field in grid if field not in hidden]
    before = {field: grid_state.held(field) for field in fields}
    empty()
    found = read_link(sweep_link().kinds, sent)
    assert not found.problems
    sweep_link().take(found.values)
    assert {field: grid_state.held(field) for field in fields} == before
    assert there(sweep_link()) == sent


loads = st.fixed_dictionaries(
    {},
    optional={
        "arrivals": st.sampled_from([*map(str, Arrivals)]),
        "bursts": st.sampled_from([*load_state.BURST_FIELDS]),
        "amount": st.sampled_from([load_state.REQUESTS, load_state.SECONDS]),
        "rate_per_s": st.floats(0.01, 1e3), "burst_size": numbers, "requests": numbers,
        "on_s": st.floats(0.1, 100), "off_s": st.floats(0.1, 100), "trace": texts,
        "trace_requests": numbers | st.none(), "ttft_s": st.floats(0.01, 9) | st.none(),
        "seed": numbers, "prompt_kind": st.sampled_from(["fixed", "uniform", "lognormal"]),
        **{f"{kind}_on": st.booleans() for kind in PolicyKind},
        **{f"{kind}_measured": st.booleans() for kind in PolicyKind},
        "static_batch_size": st.integers(1, 4096), "window_timeout_s": st.floats(0, 3600),
        "calibration_s": st.integers(1, 3600), "overloads": st.booleans(),
    },
)  # fmt: skip


@ROUND_TRIPS
@given(loads)
def test_batching(empty: Begin, chosen: dict[str, Any]) -> None:
    empty()
    state.start_controls({"device": "cpu"})
    load_state.start_load()
    for field, value in chosen.items():
        load_state.put(field, value)
    load, policies = load_state.load_values(), load_state.policy_values()
    sent = there(batching_link())
    empty()
    found = read_link(batching_link().kinds, sent)
    assert not found.problems
    batching_link().take(found.values)
    assert (load_state.load_values(), load_state.policy_values()) == (load, policies)
    assert there(batching_link()) == sent


questions = st.fixed_dictionaries({}, optional={"prompt": texts, "prompt_tokens": numbers})
sides = st.fixed_dictionaries(
    {}, optional={**levers, "batch_size": numbers, "compute_dtype": st.none() | st.just("float16")}
)


@ROUND_TRIPS
@given(
    sides, sides, st.fixed_dictionaries({}, optional={"prompt": texts, "prompt_tokens": numbers})
)
def test_an_a_b(empty: Begin, a: dict[str, Any], b: dict[str, Any], asked: dict[str, Any]) -> None:
    empty()
    pair_state.begin_as("", "cpu")
    for side, values in zip(pair_state.SIDES, (a, b), strict=True):
        for field, value in values.items():
            pair_state.put(side, field, value)
    pair_state.put_question(asked)
    held = [pair_state.values_of(side) for side in pair_state.SIDES]
    sent = there(compare_link())
    empty()
    found = read_link(compare_link().kinds, sent)
    assert not found.problems
    compare_link().take(found.values)
    assert [pair_state.values_of(side) for side in pair_state.SIDES] == held
    assert there(compare_link()) == sent


def test_the_words_of_the_command_line_are_read(empty: Begin) -> None:
    empty()
    given_texts = {"arrivals": ["poisson"], "duration_s": ["30"], "prompt_lengths": ["64"],
                   "policies": ["none,static:16,window:8:0.25"], "precision": ["bf16"]}  # fmt: skip
    found = read_link(batching_link().kinds, given_texts)
    assert not found.problems
    batching_link().take(found.values)
    values = load_state.load_values()
    assert (values["duration_s"], values["prompt_lengths"]) == (
        30,
        {"kind": LengthKind.FIXED, "mean": 64},
    )
    assert [policy["kind"] for policy in load_state.policy_values()] == ["none", "static", "window"]
    assert state.chosen()["precision"] == "bf16"


def test_a_password_in_an_address_is_never_in_a_link(empty: Begin) -> None:
    empty()
    state.start_controls({"device": "cpu"})
    state.put_controls({"engine": "openai", "endpoint": "http://me:secret@127.0.0.1:8000"})
    assert "secret" not in str(there(explore_link()))
