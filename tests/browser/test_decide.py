"""Decide in a real browser: a question in words, its answer, and the plot."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page, type_in
from tests.browser.server import Server

pytestmark = pytest.mark.browser


def ask(page: Page, question: str) -> None:
    type_in(page, "decide_ask", question)


def test_a_question_gets_an_answer_whose_run_can_be_opened(page: Page, filled: Server) -> None:
    open_page(page, f"{filled.url}/decide")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    ask(page, "fastest with batch size 1")
    expect(page.get_by_text("Understood:")).to_be_visible()
    expect(page.get_by_text("The configuration:")).to_be_visible()
    expect(page.get_by_text("Runner-up:").first).to_be_visible()
    page.get_by_role("link", name="Open the run").first.click()
    expect(page.get_by_text("Measure it again")).to_be_visible()


def test_a_question_that_cannot_be_read_is_kept_and_told(page: Page, filled: Server) -> None:
    open_page(page, f"{filled.url}/decide")
    ask(page, "prettiest below 3 parsecs")
    expect(page.locator(".st-key-decide_ask input")).to_have_value("prettiest below 3 parsecs")
    expect(page.get_by_test_id("stMarkdown").filter(has_text="parsecs")).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
