"""While a job goes on, nothing moves that a person reads or may press, on a wide or narrow screen.

The places are sampled in the page at each frame, from the first sight of the progress until it is
gone: they are compared within the page, so that scrolling does not count.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_page
from tests.browser.server import Server
from tests.browser.states import NARROW, WIDE
from tests.browser.test_accessibility import grave
from tests.browser.test_explore import set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
JOB_MS = 400_000
FEWEST_SAMPLES = 20
WATCH = """
selectors => {
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
      const at = `${Math.round(box.left - from.left)},${Math.round(box.top - from.top)}`
      const places = window.seen.places[selectors[i]] ??= []
      if (!places.includes(at)) places.push(at)
    })
    requestAnimationFrame(sample)
  }
  sample()
}
"""


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def screen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of that size."""
    context = browser.new_context(viewport=request.param)
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def moved(page: Page, *selectors: str) -> dict[str, list[str]]:
    """Which of these had more than one place until the first of them was gone."""
    page.evaluate(WATCH, list(selectors))
    page.wait_for_function("() => window.seen.over", timeout=JOB_MS)
    seen: dict[str, Any] = page.evaluate("window.seen")
    assert seen["samples"] >= FEWEST_SAMPLES
    assert len(seen["places"]) == len(selectors)
    return {selector: places for selector, places in seen["places"].items() if len(places) > 1}


def test_a_run(screen: Page, dashboard: Server) -> None:
    open_page(screen, dashboard.url)
    set_number(screen, "max_new_tokens", 8)
    screen.locator(".st-key-run button:visible").click()
    expect(screen.locator(".st-key-cancel button:visible")).to_be_visible()
    assert grave(screen) == []
    still = ("h1", ".st-key-run", ".st-key-precision_bf16", ".st-key-own_task")
    progress = ".st-key-cancel"
    bar = "[data-testid=stProgress]"
    assert moved(screen, progress, bar, *still) == {}


def test_a_sweep(screen: Page, dashboard: Server) -> None:
    open_page(screen, f"{dashboard.url}/sweep")
    screen.locator(".st-key-grid_precision_bf16 button:visible").click()
    for field, numbers in {"batch_size": "1", "max_new_tokens": "4"}.items():
        field_of(screen, f"grid_{field}", numbers)
    screen.locator(".st-key-sweep_start button:visible").click()
    expect(screen.locator(".st-key-sweep_stop button:visible")).to_be_visible(timeout=JOB_MS)
    assert grave(screen) == []
    bar, plot = "[data-testid=stProgress]", ".js-plotly-plot"
    assert moved(screen, ".st-key-sweep_stop", bar, "h1", plot, ".st-key-sweep_cells") == {}


def test_a_trial_of_a_claim(screen: Page, dashboard: Server) -> None:
    open_page(screen, f"{dashboard.url}/claims")
    screen.locator(".st-key-measure_6 button:visible").click()
    stop = '[class*="st-key-stop_2"]'
    expect(screen.locator(f"{stop} button:visible")).to_be_visible()
    screen.wait_for_timeout(1000)
    screen.evaluate("setTimeout(() => window.seen.over = true, 20000)")
    bar, below = "[data-testid=stProgress]", ".st-key-claim_7"
    assert moved(screen, stop, bar, "h1", below) == {}
    screen.locator(f"{stop} button:visible").click()


def field_of(page: Page, key: str, text: str) -> None:
    """Type into a field of several values."""
    field = page.locator(f".st-key-{key} input")
    field.fill(text)
    field.press("Enter")
    page.wait_for_timeout(300)
