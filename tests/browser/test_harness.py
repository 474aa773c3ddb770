"""The harness itself, on a page of one line: what it starts answers, and what it ends is gone."""

from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page
from tests.browser.server import serve

pytestmark = pytest.mark.browser


def test_a_served_page_is_seen_and_its_server_ends(page: Page, tmp_path: Path) -> None:
    script = tmp_path / "one_line.py"
    script.write_text("import streamlit as st\nst.title('One line')\n")
    with serve(script, tmp_path / "server") as server:
        open_page(page, server.url)
        expect(page.get_by_role("heading", name="One line")).to_be_visible()
        assert psutil.pid_exists(server.pid)
    assert not psutil.pid_exists(server.pid)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="does not exist"),
        serve(tmp_path / "missing.py", tmp_path / "server"),
    ):
        raise AssertionError("it started")
