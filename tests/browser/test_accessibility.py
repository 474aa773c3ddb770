"""axe-core finds no serious or critical violation in any state of any page, light or dark, wide or
narrow; and on a narrow screen every page fits: nothing scrolls sideways but tables, in themselves.

Each state is opened once and looked at four times.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, ViewportSize

from core.home import READ_ONLY_VARIABLE
from tests.browser.server import ROOT, Server, serve
from tests.browser.states import EMPTY, NARROW, READ_ONLY, READY, WIDE, State, sample_states

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
GRAVE = ("serious", "critical")
SOON_MS = 60_000
REST = (("dark", WIDE, True), ("narrow and dark", NARROW, True), ("narrow", NARROW, False))
# What reaches beyond the window and lies in nothing that scrolls or cuts it by itself.
OUTSIDE = """
() => [...document.querySelectorAll("[data-testid=stMain] *")].filter(element => {
  const box = element.getBoundingClientRect()
  if (!box.width || !box.height || (box.left >= 0 && box.right <= innerWidth + 1)) return false
  for (let e = element.parentElement; e && e.dataset.testid !== "stMain"; e = e.parentElement)
    if (getComputedStyle(e).overflowX !== "visible") return false
  return true
}).map(element => element.outerHTML.slice(0, 120))
"""
FITS = f"""
() => document.documentElement.scrollWidth <= innerWidth && !({OUTSIDE})().length
"""
GROUND = """
dark => (getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor
  !== "rgb(255, 255, 255)") === dark
"""


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """A tab whose size and colours may change."""
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(SOON_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def test_an_empty_history(screen: Page, shared: Server) -> None:
    assert found_in(screen, shared, EMPTY) == []


def test_the_sample_data_on_every_page(screen: Page, shared: Server) -> None:
    assert found_in(screen, shared, sample_states()) == []


def test_a_read_only_program(screen: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")
    with serve(ROOT / "app.py", tmp_path) as server:
        assert found_in(screen, server, READ_ONLY) == []


def test_what_is_wrong_is_found(page: Page) -> None:
    page.set_content("<html lang='en'><title>x</title><p style='color:#999'>pale</p></html>")
    assert [finding.split(":")[0] for finding in grave(page)] == ["color-contrast"]
    wide = "<div data-testid=stMain><p style='width:3000px'>wide</p></div>"
    page.set_content(f"<html>{wide}</html>")
    assert len(page.evaluate(OUTSIDE)) == 1
    assert not page.evaluate(FITS)


def found_in(page: Page, server: Server, states: tuple[State, ...]) -> list[str]:
    """What is wrong with these states, with the state's name."""
    found = []
    for state in states:
        look(page, WIDE, dark=False)
        state.show(page, server.url)
        found += [f"{state.name}: {finding}" for finding in grave(page)]
        for name, size, dark in REST:
            look(page, size, dark=dark)
            said = [*grave(page), *(outside(page) if size is NARROW else ())]
            found += [f"{state.name}, {name}: {finding}" for finding in said]
    return found


def look(page: Page, size: ViewportSize, *, dark: bool) -> None:
    """Change the window and wait until the page has followed."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if dark else "light")
    if page.url != "about:blank":
        page.wait_for_function(GROUND, arg=dark)
        page.wait_for_function(READY)


def outside(page: Page) -> list[str]:
    """What does not fit, after the layout has had time to come to rest."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(FITS, timeout=3000)
        return []
    return ["the page itself scrolls sideways", *page.evaluate(OUTSIDE)]


def grave(page: Page) -> list[str]:
    """Each serious or critical violation: its rule, its element, and what is wrong."""
    response = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'][:160]})"
        for rule in response["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
