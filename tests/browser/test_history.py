"""The history in a real browser: found, opened, annotated, tagged, deleted and brought back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import open_page, type_in, wait_until_settled
from tests.browser.conftest import FILLED_RUNS
from tests.browser.server import Server

pytestmark = pytest.mark.browser
ROW_PIXELS, HEADER_PIXELS, CHECKBOX_PIXELS = 35, 18, 20


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} button").first


def table(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first


def select_row(page: Page, number: int) -> None:
    """Tick the box of a row; the table is one picture, so it is told by its place."""
    y = HEADER_PIXELS + ROW_PIXELS * number
    table(page).click(position={"x": CHECKBOX_PIXELS, "y": y})
    wait_until_settled(page)


def said(page: Page, count: int) -> Locator:
    return page.get_by_text(re.compile(rf"^{count:,} of [\d,]+ runs"))


def search(page: Page, text: str) -> None:
    type_in(page, "history_search", text)


def test_a_run_is_found_opened_and_annotated(page: Page, filled: Server) -> None:
    open_page(page, f"{filled.url}/history")
    expect(said(page, FILLED_RUNS)).to_be_visible()
    search(page, "Größe int8")
    expect(said(page, FILLED_RUNS)).to_have_count(0)
    select_row(page, 1)
    button(page, "open_run").click()
    expect(page.get_by_text("Measure it again")).to_be_visible()
    assert re.search(r"[?&]run=", page.url)
    note = page.get_by_role("textbox", name="Note")
    note.fill("seen in a browser")
    note.press("Control+Enter")
    wait_until_settled(page)
    page.reload()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("seen in a browser")
    button(page, "close_run").click()
    search(page, "seen in a browser")
    expect(said(page, 1)).to_be_visible()


def test_back_leaves_a_run_and_comes_to_it_in_one_step(page: Page, filled: Server) -> None:
    listed = f"{filled.url}/history?status=done"
    open_page(page, listed)
    select_row(page, 1)
    button(page, "open_run").click()
    page.wait_for_url("**/history?run=*")
    wait_until_settled(page)
    page.get_by_role("tab", name="Cost").click()
    page.wait_for_url("**tab=cost*")
    wait_until_settled(page)
    opened = page.url
    button(page, "close_run").click()
    page.wait_for_url(listed)
    wait_until_settled(page)
    for shown in (opened, opened.replace("tab=cost&", ""), listed):
        page.go_back()
        page.wait_for_url(shown)
        wait_until_settled(page)


def test_runs_are_tagged_deleted_and_brought_back(page: Page, filled: Server) -> None:
    open_page(page, f"{filled.url}/history")
    select_row(page, 1)
    select_row(page, 2)
    expect(button(page, "export_csv_selection")).to_contain_text("(2)")
    page.locator(".st-key-tags input").fill("chosen here")
    page.locator(".st-key-tags input").press("Enter")
    button(page, "tag").click()
    wait_until_settled(page)
    search(page, "chosen here")
    expect(said(page, 2)).to_be_visible()
    select_row(page, 1)
    button(page, "delete").click()
    expect(said(page, 1)).to_be_visible()
    button(page, "undo_delete").click()
    expect(said(page, 2)).to_be_visible()


def test_older_runs_are_on_further_pages(page: Page, filled: Server) -> None:
    open_page(page, f"{filled.url}/history")
    expect(page.get_by_text("1 to 200 are shown")).to_be_visible()
    page.get_by_role("button", name="Page 3").click()
    expect(page.get_by_text(re.compile("401 to 4.. are shown"))).to_be_visible()
