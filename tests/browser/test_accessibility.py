"""axe-core finds no serious or critical violation on any page, light or dark, wide or narrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.server import ROOT, Server, serve
from tests.browser.states import EMPTY, FILLED, NARROW, WIDE, State, fill

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
GRAVE = ("serious", "critical")
LOOKS = [(scheme, size) for scheme in ("light", "dark") for size in (WIDE, NARROW)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard whose history is empty."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "home").mkdir()
    with serve(ROOT / "app.py", folder) as server:
        yield server


@pytest.fixture(scope="module")
def filled(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with runs in its history."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder / "home", prepared_model)
    with serve(ROOT / "app.py", folder) as server:
        yield server


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_an_empty_history_is_accessible(
    browser: Browser, empty: Server, scheme: Any, size: Any
) -> None:
    assert found_in(browser, empty, EMPTY, scheme, size) == []


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_runs_and_what_is_made_of_them_are_accessible(
    browser: Browser, filled: Server, scheme: Any, size: Any
) -> None:
    assert found_in(browser, filled, FILLED, scheme, size) == []


def test_a_violation_is_found(page: Page) -> None:
    page.set_content("<html lang='en'><title>x</title><p style='color:#999'>pale</p></html>")
    assert [finding.split(":")[0] for finding in grave(page)] == ["color-contrast"]


def found_in(
    browser: Browser, server: Server, states: tuple[State, ...], scheme: Any, size: Any
) -> list[str]:
    """What axe has against these states, with the state's name."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    context.set_default_timeout(60_000)
    try:
        page, found = context.new_page(), []
        for state in states:
            state.show(page, server.url)
            found += [f"{state.name}: {finding}" for finding in grave(page)]
        return found
    finally:
        context.close()


def grave(page: Page) -> list[str]:
    """Each serious or critical violation: its rule, its element, and what is wrong."""
    response = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'][:160]})"
        for rule in response["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
