"""A real Chromium and a real dashboard, both started afresh.

Without a browser these tests skip, or fail where REQUIRE_BROWSER=1 says that there must be one.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.home import history_file
from core.results.history import History
from core.variants.models import BUNDLED_KEY
from tests.browser.chromium import find_chromium, launched
from tests.browser.server import ROOT, Server, serve
from tests.sample_histories import fill

FILLED_RUNS = 450  # three pages of the history's table


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
def folder(prepared_model: Path, tmp_path: Path) -> Path:
    """The folder of a dashboard: its data folder has the prepared model and no history."""
    return with_the_model(tmp_path / "dashboard", prepared_model)


@pytest.fixture
def dashboard(folder: Path) -> Iterator[Server]:
    """The dashboard with the prepared model in a data folder of its own."""
    with serve(ROOT / "app.py", folder) as server:
        yield server


@pytest.fixture(scope="module")
def shared(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same for all tests of a module; what one of them measures, the next ones find."""
    folder = with_the_model(tmp_path_factory.mktemp("shared"), prepared_model)
    with serve(ROOT / "app.py", folder) as server:
        yield server


def with_the_model(folder: Path, prepared_model: Path) -> Path:
    """That folder, with the prepared model in its data folder."""
    models = folder / "home" / "models"
    models.mkdir(parents=True)
    (models / BUNDLED_KEY).symlink_to(prepared_model, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard whose history has some hundred runs and failures, for all tests of a module."""
    folder = tmp_path_factory.mktemp("filled")
    fill(History(folder / "home" / history_file().name), FILLED_RUNS)
    with serve(ROOT / "app.py", folder) as server:
        yield server
