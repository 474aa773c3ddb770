"""The history from one dashboard into another by its CSV, and a broken file told by line."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.results.history import History
from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import ROOT, serve
from tests.sample_csv import changed
from tests.sample_histories import fill
from tests.samples import a_result, a_spec

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
IMPORT_MS = 60_000


def download(page: Page, target: Path) -> bytes:
    """All runs by the page's own button."""
    with page.expect_download() as started:
        page.locator(".st-key-export_csv_all button").first.click()
    started.value.save_as(target)
    return target.read_bytes()


def bring_in(page: Page, file: Path) -> None:
    """Choose a file in the box, and press Import."""
    box = page.locator(".st-key-import_box")
    if not page.locator(".st-key-import_file").is_visible():
        box.locator("summary").click()
    page.locator(".st-key-import_file input[type=file]").set_input_files(file)
    button = page.locator(".st-key-import_runs button").first
    expect(button).to_be_enabled(timeout=IMPORT_MS)
    button.click()
    wait_until_settled(page)


def test_a_history_goes_from_one_dashboard_to_another(page: Page, tmp_path: Path) -> None:
    source = History(tmp_path / "a" / "home" / "history.sqlite3")
    fill(source, 120, distinct=20)  # more than a megabyte, which a field for files once stopped at
    source.finish(a_result("run-1", a_spec(prompt='=1+1;"a",\r\n-b\t🦊', max_new_tokens=2000)))
    source.tag(["run-1"], ["a, b", "=c"])
    with serve(ROOT / "app.py", tmp_path / "a") as first:
        open_page(page, f"{first.url}/history")
        data = download(page, tmp_path / "first.csv")
    assert len(data) > 2**20
    with serve(ROOT / "app.py", tmp_path / "b") as second:
        open_page(page, f"{second.url}/history")
        bring_in(page, tmp_path / "first.csv")
        expect(page.get_by_text("121 runs were imported")).to_be_visible(timeout=IMPORT_MS)
        assert download(page, tmp_path / "second.csv") == data
        page.reload()
        expect(page.get_by_text("121 runs were imported")).to_be_visible(timeout=IMPORT_MS)

        broken = tmp_path / "broken.csv"
        broken.write_bytes(changed(data, lambda rows: rows[2].update(precision="best")))
        bring_in(page, broken)
        said = page.get_by_text("120 runs were in the history already; 1 row left out")
        expect(said).to_be_visible(timeout=IMPORT_MS)
        expect(page.locator(".st-key-import_box [data-testid=stDataFrame]")).to_be_visible()
