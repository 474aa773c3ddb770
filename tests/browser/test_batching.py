"""A load with the real model in a real browser: steps measured, foretold, served, and held against
the simulation.
"""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import Server
from tests.browser.test_explore import set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MEASURE_MS = 300_000
LEFT_OUT = ("none", "static", "grouped", "continuous")
SMALL = {"requests": 6, "prompt_uniform_high": 16, "output_uniform_high": 8, "calibration_s": 1}


def describe(page: Page) -> None:
    """Six short requests for the window policy, whose slider is moved by keys."""
    for kind in LEFT_OUT:
        page.locator(f".st-key-load_{kind}_on label").click()
        wait_until_settled(page)
    for field, number in SMALL.items():
        set_number(page, f"load_{field}", number)
    slider = page.locator(".st-key-load_window_batch_size").get_by_role("slider")
    slider.focus()
    for _ in range(3):  # 6, 4, 3
        slider.press("ArrowLeft")
        wait_until_settled(page)
    expect(page.get_by_text("over batches up to 3 and up to 24 tokens")).to_be_visible()


def test_from_a_load_to_its_simulation_held_against_what_was_measured(
    page: Page, dashboard: Server, tmp_path: Path
) -> None:
    open_page(page, f"{dashboard.url}/batching")
    expect(page.get_by_text("have not been measured with this variant yet")).to_be_visible()
    describe(page)
    page.locator(".st-key-load_calibrate button").first.click()
    page.wait_for_url(re.compile(r"[?&]steps="))
    expect(page.get_by_text("What to expect")).to_be_visible(timeout=MEASURE_MS)
    expect(page.get_by_text("Nothing was run for it")).to_be_visible(timeout=MEASURE_MS)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=MEASURE_MS)

    page.locator(".st-key-load_overloads label").click()  # a slow machine may be overloaded
    wait_until_settled(page)
    page.locator(".st-key-load_measure button").first.click()
    page.wait_for_url(re.compile(r"[?&]load="))
    page.reload()
    expect(page.get_by_text("of 2 figures")).to_be_visible(timeout=MEASURE_MS)
    expect(page.get_by_text("Answers over time")).to_be_visible()
    with page.expect_download() as download:
        page.locator(".st-key-load_csv button").first.click()
    download.value.save_as(tmp_path / "load.csv")
    text = (tmp_path / "load.csv").read_text(encoding="utf-8")
    rows = [*csv.DictReader(text.splitlines())]
    measured = [row for row in rows if row["simulated"] == "false"]
    assert len(measured) == 6
    assert all(float(row["ended_s"]) > float(row["first_token_s"]) for row in measured)
    page.locator(".st-key-load_again button").first.click()
    expect(page.locator(".st-key-load_requests input")).to_have_value("6", timeout=MEASURE_MS)
    expect(page.get_by_text("Earlier load tests (1)")).to_be_visible(timeout=MEASURE_MS)
