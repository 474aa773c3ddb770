"""A claim on trial in a real browser: begun, left, found again, stopped, and offered to go on."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page
from tests.browser.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
STOPPED_MS = 60_000


def test_a_trial_goes_on_without_its_tab_and_stops_when_asked(
    page: Page, dashboard: Server
) -> None:
    open_page(page, f"{dashboard.url}/claims")
    page.locator(".st-key-measure_2 button").first.click()
    stop = page.locator("[class*=st-key-stop_] button").first
    expect(stop).to_be_visible()
    page.goto("about:blank")
    open_page(page, f"{dashboard.url}/claims")
    expect(page.get_by_text("Measuring 1 of")).to_be_visible()
    stop.click()
    expect(page.locator(".st-key-resume_2 button").first).to_be_visible(timeout=STOPPED_MS)
    expect(page.get_by_text("The last trial gave no verdict")).to_be_visible()
