"""A real Chromium and a real dashboard, both started afresh.

Without a browser these tests skip, or fail where REQUIRE_BROWSER=1 says that there must be one.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.variants.models import BUNDLED_KEY
from tests.browser.chromium import find_chromium, launched
from tests.browser.server import ROOT, Server, serve


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module; its event loop must not outlive it into other tests."""
    executable = find_chromium()
    if executable is None:
        message = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with launched(executable) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab in a browser profile of its own."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.fixture
def dashboard(prepared_model: Path, tmp_path: Path) -> Iterator[Server]:
    """The dashboard with the prepared model in a data folder of its own."""
    models = tmp_path / "dashboard" / "home" / "models"
    models.mkdir(parents=True)
    (models / BUNDLED_KEY).symlink_to(prepared_model, target_is_directory=True)
    with serve(ROOT / "app.py", tmp_path / "dashboard") as server:
        yield server
