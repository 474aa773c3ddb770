"""An A/B with the real model in a real browser: set up, measured, reloaded, and read."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import Server
from tests.browser.test_explore import set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PAIR_MS = 300_000


def choose(page: Page, key: str, label: str) -> None:
    """Pick an option of a menu."""
    page.locator(f".st-key-{key} input").click()
    page.get_by_role("option", name=label, exact=True).click()
    wait_until_settled(page)


def test_from_two_variants_to_a_verdict_that_another_browser_sees(
    page: Page, browser: Browser, dashboard: Server
) -> None:
    open_page(page, f"{dashboard.url}/compare")
    choose(page, "ab_b_precision", "bf16")
    page.get_by_text("The question, the same for both").click()
    set_number(page, "ab_max_new_tokens", 8)
    set_number(page, "ab_pairs", 6)
    page.locator(".st-key-start_pair button").first.click()
    expect(page.locator(".st-key-cancel button").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("How this was measured").first).to_be_visible(timeout=PAIR_MS)
    verdict = page.locator("h3").first.inner_text()
    assert re.search(r"\d", verdict)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)

    context = browser.new_context()
    try:
        other = context.new_page()
        open_page(other, page.url)
        expect(other.locator("h3").first).to_have_text(verdict)
        expect(other.get_by_text("What they wrote").first).to_be_visible()
    finally:
        context.close()
