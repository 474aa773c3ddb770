"""A sweep with the real model in a real browser: planned, begun, reloaded, seen from elsewhere."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_page, type_in
from tests.browser.server import Server
from tests.browser.test_explore import choose, set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SWEEP_MS = 300_000


def set_list(page: Page, field: str, text: str) -> None:
    type_in(page, f"grid_{field}", text)


def test_a_grid_fills_while_two_browsers_look_on(
    page: Page, browser: Browser, dashboard: Server
) -> None:
    open_page(page, f"{dashboard.url}/sweep")
    choose(page, "grid_precision_bf16")
    set_list(page, "max_new_tokens", "4, nonsense")
    expect(page.get_by_text("Start waits until this is mended")).to_be_visible()
    set_list(page, "max_new_tokens", "4")
    set_number(page, "repeats", 2)
    page.locator(".st-key-sweep_start button").first.click()
    page.wait_for_url(re.compile(r"[?&]sweep="))
    expect(page.locator(".st-key-sweep_stop button").first).to_be_visible()
    page.reload()
    context = browser.new_context()
    try:
        other = context.new_page()
        open_page(other, page.url)
        for tab in (page, other):
            expect(tab.get_by_text("2 measured")).to_be_visible(timeout=SWEEP_MS)
            expect(tab.locator(".js-plotly-plot").first).to_be_visible()
    finally:
        context.close()
    page.locator(".st-key-sweep_new button").first.click()
    expect(page.get_by_text("Earlier sweeps (1)")).to_be_visible(timeout=SWEEP_MS)
