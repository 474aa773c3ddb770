"""The whole way with the real model: from Run in Explore to the CSV of the history on disk."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page, type_in, wait_until_settled
from tests.browser.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
RUN_MS = 300_000
A_NUMBER = re.compile(r"\d")
TEXT_OF_TAB = {
    "Memory": "Predicted and measured",
    "Cost": "Cold against warm",
    "Quality": "Top-1 agreement",
    "Settings": "recompiles while timed",
}


def set_number(page: Page, key: str, value: int) -> None:
    type_in(page, key, str(value))


def choose(page: Page, key: str) -> None:
    # A button with a help text stands twice in the page, the second one for touch screens.
    button = page.locator(f".st-key-{key} button").first
    button.click()
    expect(button).to_have_attribute("kind", "primary")
    wait_until_settled(page)


def test_from_run_to_the_csv_on_disk(page: Page, dashboard: Server, tmp_path: Path) -> None:
    open_page(page, dashboard.url)
    closed_choices_tell_why(page)
    choose(page, "precision_bf16")
    set_number(page, "max_new_tokens", 8)
    expect(page.get_by_text("Fits: needs about")).to_be_visible()

    page.locator(".st-key-run button").first.click()
    expect(page.locator(".st-key-cancel button").first).to_be_visible()
    expect(page.get_by_text("Measuring ·")).to_be_visible(timeout=RUN_MS)
    link = page.url
    page.reload()
    expect(page.locator(".st-key-cancel button").first).to_be_visible()
    expect(page.locator(".st-key-pin_baseline button").first).to_be_visible(timeout=RUN_MS)
    for label in ("TTFT", "TPOT", "End-to-end", "Peak memory", "Cost per million tokens"):
        card = page.get_by_test_id("stMetric").filter(has_text=label).first
        expect(card).to_contain_text(A_NUMBER)
    expect(page.get_by_text("95 % interval").last).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    every_tab_opens(page)
    row = exported_row(page, tmp_path / "runs.csv")
    assert link.endswith(f"job={row['run_id']}")
    assert (row["status"], row["precision"], row["max_new_tokens"]) == ("done", "bf16", "8")
    assert float(row["e2e_s"]) > float(row["ttft_s"]) > 0
    assert len(row["output_text"]) > 0


def closed_choices_tell_why(page: Page) -> None:
    page.locator(".st-key-attention_closed button").first.click()
    expect(page.locator(".st-key-attention_flash_attention_2 button").first).to_be_disabled()
    expect(page.get_by_text("Needs an NVIDIA GPU")).to_be_visible()
    page.keyboard.press("Escape")


def every_tab_opens(page: Page) -> None:
    for tab, text in TEXT_OF_TAB.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_text(text).first).to_be_visible()


def exported_row(page: Page, file: Path) -> dict[str, str]:
    """Download the history's CSV through its page and read its only row."""
    page.get_by_role("link", name="History").click()
    wait_until_settled(page)
    with page.expect_download() as started:
        page.locator(".st-key-export_csv_all button").first.click()
    started.value.save_as(file)
    with file.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    return row
