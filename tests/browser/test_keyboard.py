"""Explore's main path and a run of the history, with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import Server
from tests.browser.states import NARROW, runs_of_the_sample, sampled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MOST_STEPS = 120
# The widget that has the focus; its help icon, a stop of its own before it, does not count.
FOCUSED = """
() => (document.activeElement.ariaLabel ?? "").startsWith("Help for ") ? ""
  : document.activeElement.closest("[class*=st-key-]")?.className ?? ""
"""
# The outline or the shadow, which Streamlit draws around what has the focus.
RING = """
() => {
  let element = document.activeElement
  for (let i = 0; i < 4 && element; i++, element = element.parentElement) {
    const look = getComputedStyle(element)
    if (look.boxShadow !== "none" || (look.outlineStyle !== "none" && look.outlineWidth !== "0px"))
      return true
  }
  return false
}
"""

# Whether what has the focus lies beneath the list of pages or the banner of the sample data.
HIDDEN = """
() => {
  const focused = document.activeElement
  const banner = document.querySelector(".st-key-mode_banner")
  if (banner.contains(focused) || !focused.closest("[data-testid=stMain]")) return null
  return focused.getBoundingClientRect().top < banner.getBoundingClientRect().bottom
}
"""


def tab_to(page: Page, key: str) -> None:
    """Press Tab until the focus is within the widget of that key."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if f"st-key-{key}" in page.evaluate(FOCUSED).split():
            assert page.evaluate(RING), f"the focus on {key} is not seen"
            return
    raise AssertionError(f"{key} is not reached with Tab")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_is_chosen_started_and_cancelled(page: Page, dashboard: Server, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, dashboard.url)
    tab_to(page, "precision_bf16")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-precision_bf16 button").first).to_have_attribute("kind", "primary")
    wait_until_settled(page)
    tab_to(page, "attention_closed")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Needs an NVIDIA GPU").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Needs an NVIDIA GPU").first).not_to_be_visible()
    tab_to(page, "max_new_tokens")
    page.keyboard.press("Control+A")
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.get_by_text("9 new tokens").first).to_be_visible()
    wait_until_settled(page)
    tab_to(page, "run")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-cancel button").first).to_be_visible()
    tab_to(page, "cancel")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing was measured.")).to_be_visible(timeout=120_000)


def test_a_run_of_the_history_is_found_and_opened(page: Page, dashboard: Server) -> None:
    run_id = runs_of_the_sample().measured[2].run_id
    open_page(page, f"{dashboard.url}/{sampled('history')}")
    names = page.locator("[class*=st-key-history_names_]").get_attribute("class") or ""
    key = next(part for part in names.split() if part.startswith("st-key-history_names_"))
    tab_to(page, key.removeprefix("st-key-"))
    page.keyboard.type(run_id)
    page.keyboard.press("ArrowDown")  # past "Select all"
    page.keyboard.press("Enter")
    wait_until_settled(page)
    page.keyboard.press("Escape")
    tab_to(page, "open_run")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**run={run_id}**")
    wait_until_settled(page)
    tab_to(page, "close_run")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-open_run button:visible")).to_be_visible(timeout=30_000)


def test_the_banner_of_the_sample_data_hides_nothing_that_has_the_focus(
    page: Page, dashboard: Server
) -> None:
    page.set_viewport_size(NARROW)
    open_page(page, f"{dashboard.url}/{sampled('batching')}")
    page.get_by_test_id("stMain").get_by_role("button").last.focus()
    seen = []
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        seen.append(page.evaluate(HIDDEN))
    assert seen.count(False) > 25
    assert True not in seen
