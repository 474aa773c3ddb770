"""Values and clicks that no browser sends start nothing, end no session and show no trace."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core.results.history import History
from pages.widgets.fields import LABELS
from tests.browser.server import Server
from tests.faults.no_one_gets_in.forging import ForgingTab, forging_tab

AT_ONCE, LATER = ("", "compare", "history"), (
    "start", "sweep", "decide", "present", "batching", "claims", "methodology",
)  # fmt: skip
PAGES = (*AT_ONCE, *(pytest.param(page, marks=pytest.mark.soak) for page in LATER))
FORGED: Mapping[str, Mapping[str, Any]] = {
    "not a number": {"double_value": float("nan")},
    "without end": {"double_value": float("inf")},
    "huge": {"double_value": 1e308},
    "a huge whole number": {"int_value": 2**62},
    "below zero": {"int_value": -1},
    "no option": {"string_value": "no such option"},
    "control characters": {"string_value": "\0\x1b[31m\u202e"},
    "nested": {"string_value": "[" * 5000},
    "places that are not there": {"int_array_value": [0, 99, -1]},
    "no options": {"string_array_value": ["nope", "\0"]},
    "numbers for a text": {"double_array_value": [1.0, float("nan")]},
    "a truth": {"bool_value": True},
    "JSON": {"json_value": '{"a": 1}'},
    "bytes": {"bytes_value": b"\xff\xfe"},
}
WRONG_NUMBERS = {
    "batch_size": (0.0, -1.0, 5000.0, 1e15),
    "max_new_tokens": (0.0, 100_001.0),
    "repeats": (-5.0, 1001.0),
    "seed": (-1.0, 2.0**40),
}
TRACES = ("Traceback", 'File "', "site-packages")


def widget(identity: str, **value: Any) -> WidgetState:
    made = WidgetState(id=identity)
    for kind, given in value.items():
        if kind.endswith("array_value"):
            getattr(made, kind).SetInParent()
            getattr(made, kind).data.extend(given)
        else:
            setattr(made, kind, given)
    return made


def pressed(tab: ForgingTab, *keys: str) -> list[WidgetState]:
    return [widget(tab.widgets[key], trigger_value=True) for key in keys]


def runs_of(server: Server) -> int:
    return len(History(server.home / "history.sqlite3").rows())


def assert_nothing_shows(tab: ForgingTab) -> None:
    assert tab.exceptions == []
    assert [trace for trace in TRACES if trace in tab.text] == []


async def forge_all(url: str, page: str, value: Mapping[str, Any]) -> None:
    """Every widget of the page gets it at once; then the page is opened anew."""
    async with forging_tab(url, page) as tab:
        drawn = len(tab.shown)
        buttons = {key for key, kind in tab.kinds.items() if "button" in kind}
        await tab.send(*(widget(tab.widgets[k], **value) for k in tab.widgets if k not in buttons))
        assert_nothing_shows(tab)
        assert len(tab.shown) > 5 or "does not offer" in tab.text
    async with forging_tab(url, page) as tab:
        assert len(tab.shown) > drawn / 2, (page, value)


async def mended(url: str) -> None:
    """A session whose field got what no field takes goes on once it gets a number again."""
    async with forging_tab(url) as tab:
        drawn, field = len(tab.shown), tab.widgets["batch_size"]
        await tab.send(widget(field, double_value=float("nan")))
        assert "does not offer" in tab.text
        await tab.send(widget(field, double_value=2.0))
        assert len(tab.shown) >= drawn
        await tab.send(widget(field, double_value=2.0))
        assert "batch_size=2" in tab.query


def test_a_session_goes_on_after_a_forged_value(dashboard: Server) -> None:
    asyncio.run(mended(dashboard.url))


@pytest.mark.parametrize("page", PAGES)
def test_values_that_no_widget_offers_start_nothing_and_are_told_in_words(
    dashboard: Server, page: str
) -> None:
    for value in FORGED.values():
        asyncio.run(forge_all(dashboard.url, page, value))
    assert runs_of(dashboard) == 0


async def with_wrong_number(url: str, field: str, number: float) -> tuple[str, set[str], str]:
    async with forging_tab(url) as tab:
        forged = widget(tab.widgets[field], double_value=number)
        await tab.send(forged, *pressed(tab, "run"))
        assert_nothing_shows(tab)
        return tab.text, tab.closed, tab.query


@pytest.mark.parametrize("field", WRONG_NUMBERS)
def test_a_number_out_of_its_range_is_told_at_its_field_and_runs_nothing(
    dashboard: Server, field: str
) -> None:
    for number in WRONG_NUMBERS[field]:
        text, closed, query = asyncio.run(with_wrong_number(dashboard.url, field, number))
        assert "Run waits" in text
        assert f"{LABELS[field]}: it must be a whole number from" in text.replace("\\", "")
        assert "run" in closed
        assert "job=" not in query
    assert runs_of(dashboard) == 0


async def with_a_number_beyond_all(url: str) -> list[str]:
    async with forging_tab(url) as tab:
        await tab.send(widget(tab.widgets["batch_size"], double_value=1e18))
        assert_nothing_shows(tab)
        return tab.query.split("&")


def test_a_number_that_no_browser_can_send_counts_as_not_sent(dashboard: Server) -> None:
    """Streamlit puts the field's first value in its place; what was sent is used nowhere."""
    assert not any("batch_size" in part for part in asyncio.run(with_a_number_beyond_all(
        dashboard.url
    )))  # fmt: skip


async def pressing_what_is_closed(url: str) -> tuple[set[str], str]:
    """What is marked as chosen afterwards, and the page's address."""
    async with forging_tab(url) as tab:
        closed = {key for key in tab.closed if tab.kinds[key] == "button"}
        assert {"attention_flash_attention_4", "engine_openvino"} & closed
        await tab.send(*pressed(tab, *closed))
        await tab.send()
        assert_nothing_shows(tab)
        return closed & tab.chosen, tab.query


def test_a_closed_choice_cannot_be_pressed(dashboard: Server) -> None:
    chosen, query = asyncio.run(pressing_what_is_closed(dashboard.url))
    assert chosen == set()
    assert "job=" not in query


async def pressing_elsewhere(url: str) -> None:
    """Buttons of History that need a choice, and widgets, pages and fragments that are not."""
    async with forging_tab(url, "history") as tab:
        await tab.send(*pressed(tab, *(key for key in tab.closed if tab.kinds[key] == "button")))
        assert_nothing_shows(tab)
        await tab.send(widget("$$ID-0-run", trigger_value=True), widget("", string_value="x"))
        assert_nothing_shows(tab)
        await tab.send(page_hash="0" * 32)
        await tab.send(page_name="../../app")
        assert_nothing_shows(tab)
        assert len(tab.shown) > 5


def test_what_the_page_does_not_have_does_nothing(dashboard: Server) -> None:
    asyncio.run(pressing_elsewhere(dashboard.url))
    assert runs_of(dashboard) == 0


async def garbage(url: str) -> None:
    for data in (b"\xff" * 1000, b"", b"\x08", bytes(1_000_000)):
        async with forging_tab(url, "history") as tab:
            await tab.send_bytes(data)
            with suppress(TimeoutError):
                await asyncio.wait_for(tab.closed_by_server(), 0.2)
    async with forging_tab(url, "history") as tab:
        assert_nothing_shows(tab)


def test_bytes_that_are_no_message_end_their_connection_alone(dashboard: Server) -> None:
    asyncio.run(garbage(dashboard.url))


def test_no_run_was_ever_started(dashboard: Server) -> None:
    assert runs_of(dashboard) == 0
    assert not (dashboard.home / "logs").exists()
