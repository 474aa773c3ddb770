"""The first minute on a fresh server: the guide's first steps for real, then the sample data."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
RUN_MS = 400_000
PAGES = ("Start", "Explore", "Sweep", "Compare", "Decide", "Batching", "Claims", "History")
MARK = "Sample data:"
SOON_MS = 60_000


def go_to(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=SOON_MS)
    wait_until_settled(page)


def test_the_guide_from_an_empty_history_to_its_second_outcome(
    page: Page, dashboard: Server
) -> None:
    open_page(page, dashboard.url)
    page.get_by_role("link", name="Guided first run").click()
    expect(page.get_by_text("0 of 6 steps")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".st-key-guide_half button").first).to_have_count(0, timeout=SOON_MS)

    page.locator(".st-key-guide_baseline button").first.click()
    expect(page.locator(".st-key-cancel_baseline button").first).to_be_visible(timeout=SOON_MS)
    page.reload()
    expect(page.locator(".st-key-cancel_baseline button").first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("The first token came after")).to_be_visible(timeout=RUN_MS)
    expect(page.get_by_text("1 of 6 steps")).to_be_visible(timeout=SOON_MS)

    page.locator(".st-key-guide_half button").first.click()
    expect(page.get_by_text("2 of 6 steps")).to_be_visible(timeout=RUN_MS)
    half = page.locator(".st-key-step_half")
    expect(half).to_contain_text(re.compile(r"Weights: 269 MB against 538 MB, 0\.500 times"))
    expect(half).to_contain_text(re.compile(r"TPOT: [\d.]+ m?s against [\d.]+ m?s"))

    open_page(page, f"{dashboard.url}/start")
    expect(page.get_by_text("2 of 6 steps")).to_be_visible(timeout=SOON_MS)
    go_to(page, "History")
    expect(page.get_by_text("Guided first run")).to_have_count(0, timeout=SOON_MS)


def test_the_sample_data_are_marked_on_every_page_until_they_are_left(
    page: Page, dashboard: Server
) -> None:
    open_page(page, dashboard.url)
    page.locator(".st-key-look_at_sample button").first.click()
    expect(page.get_by_text(MARK)).to_be_visible(timeout=SOON_MS)
    for name in PAGES:
        go_to(page, name)
        expect(page.get_by_text(MARK)).to_be_visible(timeout=SOON_MS)
        expect(page).to_have_url(re.compile(r"sample=1"), timeout=SOON_MS)
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollTop = 2000")
    expect(page.get_by_text(MARK)).to_be_in_viewport()

    link = page.url
    other = page.context.new_page()
    open_page(other, dashboard.url)
    expect(other.get_by_text("Nothing has been measured here yet")).to_be_visible()
    open_page(other, link)
    expect(other.get_by_text(MARK)).to_be_visible(timeout=SOON_MS)

    page.locator(".st-key-leave_sample button").first.click()
    expect(page.get_by_text(MARK)).to_have_count(0, timeout=SOON_MS)
    expect(page.get_by_text("No runs yet")).to_be_visible(timeout=SOON_MS)
    assert "sample" not in page.url
    go_to(page, "Sweep")
    expect(page.get_by_text(MARK)).to_have_count(0, timeout=SOON_MS)
    expect(other.get_by_text(MARK)).to_be_visible(timeout=SOON_MS)
