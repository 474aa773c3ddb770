"""While a job goes on, nothing moves that a person reads or may press, on a wide or narrow screen.

The places are sampled in the page at each frame, from the first sight of the progress until it is
gone: they are compared within the page, so that scrolling does not count.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import Server
from tests.browser.states import NARROW, WIDE
from tests.browser.test_accessibility import grave

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
JOB_MS = 400_000
WATCHED_MS = 8_000  # of a trial, which goes on for longer
FEWEST_SAMPLES = 20
WATCH = """
([selectors, most]) => {
  window.seen = {samples: 0, places: {}}
  const sample = () => {
    const page = document.querySelector("[data-testid=stMainBlockContainer]")
    const found = selectors.map(selector => document.querySelector(selector))
    if (!page || !found[0]) return window.seen.over = true
    const from = page.getBoundingClientRect()
    window.seen.samples += 1
    found.forEach((element, i) => {
      if (!element) return
      const box = element.getBoundingClientRect()
      if (!box.width) return  // not drawn: whatever that moves is seen below it
      const at = `${Math.round(box.left - from.left)},${Math.round(box.top - from.top)}`
      const places = window.seen.places[selectors[i]] ??= []
      if (!places.includes(at)) places.push(at)
    })
    requestAnimationFrame(sample)
  }
  sample()
  setTimeout(() => window.seen.over = true, most)
}
"""


Screens = tuple[Page, Page]


@pytest.fixture
def screens(browser: Browser) -> Iterator[Screens]:
    """A wide tab, and a narrow one that follows the same job."""
    contexts = [browser.new_context(viewport=size) for size in (WIDE, NARROW)]
    try:
        for context in contexts:
            context.set_default_timeout(60_000)
        wide, narrow = (context.new_page() for context in contexts)
        yield wide, narrow
    finally:
        for context in contexts:
            context.close()


def begin(screens: Screens, url: str, start: str, stop: str) -> None:
    """Start what the address asks for on the wide screen, and follow it on both."""
    wide, narrow = screens
    open_page(wide, url)
    wide.locator(f"{start} button:visible").click()
    expect(wide.locator(f"{stop} button:visible")).to_be_visible(timeout=JOB_MS)
    open_page(narrow, wide.url)
    for screen in screens:
        expect(screen.locator(f"{stop} button:visible")).to_be_visible()
        wait_until_settled(screen)
    assert grave(wide) == []


def moved(screens: Screens, *selectors: str, most_ms: int = JOB_MS) -> list[dict[str, list[str]]]:
    """Which of these had more than one place until the first of them was gone, or until that time
    was over, on either screen.
    """
    for screen in screens:
        screen.evaluate(WATCH, [list(selectors), most_ms])
    return [_moved(screen, selectors) for screen in screens]


def _moved(screen: Page, selectors: tuple[str, ...]) -> dict[str, list[str]]:
    screen.wait_for_function("() => window.seen.over", timeout=JOB_MS)
    seen: dict[str, Any] = screen.evaluate("window.seen")
    assert seen["samples"] >= FEWEST_SAMPLES
    assert len(seen["places"]) == len(selectors)
    return {selector: places for selector, places in seen["places"].items() if len(places) > 1}


def test_the_very_first_sweep(screens: Screens, shared: Server) -> None:
    """Its first run ends while it goes on: the offer of a first run must not have stood above."""
    url = f"{shared.url}/sweep?precision=fp32,bf16&max_new_tokens=8&repeats=2&quality=0"
    begin(screens, url, ".st-key-sweep_start", ".st-key-sweep_stop")
    bar, plot = "[data-testid=stProgress]", ".js-plotly-plot"
    for screen in screens:
        screen.locator(plot).first.wait_for()
    still = moved(screens, ".st-key-sweep_stop", bar, "h1", plot, ".st-key-sweep_cells")
    assert still == [{}, {}]


def test_a_run(screens: Screens, shared: Server) -> None:
    url = f"{shared.url}/?max_new_tokens=24&quality=0"
    begin(screens, url, ".st-key-run", ".st-key-cancel")
    still = ("h1", ".st-key-run", ".st-key-precision_bf16", ".st-key-own_task")
    assert moved(screens, ".st-key-cancel", "[data-testid=stProgress]", *still) == [{}, {}]


def test_a_trial_of_a_claim(screens: Screens, shared: Server) -> None:
    stop = '[class*="st-key-stop_2"]'
    begin(screens, f"{shared.url}/claims", ".st-key-measure_6", stop)
    bar, below = "[data-testid=stProgress]", ".st-key-claim_7"
    assert moved(screens, stop, bar, "h1", below, most_ms=WATCHED_MS) == [{}, {}]
    screens[0].locator(f"{stop} button:visible").click()
