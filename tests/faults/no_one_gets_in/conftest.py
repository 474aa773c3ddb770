"""A real dashboard with the prepared model, one for all tests that only knock at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.variants.models import BUNDLED_KEY
from tests.browser.server import ROOT, Server, serve


@pytest.fixture(scope="module")
def dashboard(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard with the prepared model in a data folder of its own."""
    folder = tmp_path_factory.mktemp("dashboard")
    link = folder / "home" / "models" / BUNDLED_KEY
    link.parent.mkdir(parents=True)
    link.symlink_to(prepared_model, target_is_directory=True)
    with serve(ROOT / "app.py", folder) as server:
        yield server
