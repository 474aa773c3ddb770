"""Nothing leaves the machine: every page is made of what its own server sends."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import open_page
from tests.browser.server import ROOT, serve

pytestmark = pytest.mark.browser


def test_no_page_asks_another_server_for_anything(page: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with serve(ROOT / "app.py", tmp_path) as server:
        for path in ("/", "/history", "/methodology", "/present"):
            open_page(page, server.url + path)
            page.wait_for_timeout(1000)
    outside = [url for url in asked if urlsplit(url).hostname not in ("127.0.0.1", None)]
    assert server.url + "/history" in asked
    assert outside == []
