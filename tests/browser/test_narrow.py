"""On a screen of 400 pixels every page fits: nothing scrolls sideways but tables, in themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.server import ROOT, Server, serve
from tests.browser.states import EMPTY, FILLED, NARROW, fill

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
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


@pytest.fixture(scope="module")
def filled(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with runs in its history."""
    folder = tmp_path_factory.mktemp("narrow")
    fill(folder / "home", prepared_model)
    with serve(ROOT / "app.py", folder) as server:
        yield server


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A tab of a small screen."""
    context = browser.new_context(viewport=NARROW)
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def test_no_page_is_wider_than_the_screen(phone: Page, filled: Server) -> None:
    for state in (*EMPTY, *FILLED):
        state.show(phone, filled.url)
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], state.name
        assert phone.evaluate(OUTSIDE) == [], state.name


def test_every_page_is_reached_from_the_menu(phone: Page, filled: Server) -> None:
    EMPTY[0].show(phone, filled.url)
    phone.get_by_test_id("stExpandSidebarButton").click()
    link = phone.get_by_role("link", name="Methodology")
    link.click()
    phone.wait_for_url("**/methodology")
