"""What is read and fetched before anybody waits for it."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import ROOT

pytestmark = pytest.mark.usefixtures("bundled_model", "jobs")
LOOK = """
import gc, sys
from pages.widgets.warm_up import RARELY, warm_up
assert "pages.widgets.decide.pareto_view" not in sys.modules
warm_up()
assert "pages.widgets.decide.pareto_view" in sys.modules
assert "torch" not in sys.modules
assert gc.get_freeze_count() > 10_000
assert gc.get_threshold() == RARELY
"""


@pytest.fixture
def _as_before() -> Iterator[None]:
    """Leaves the collector as it was, for the tests that follow."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_the_modules_of_all_pages_are_read_and_no_longer_looked_through() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.usefixtures("_as_before")
def test_only_a_session_that_begins_has_the_browser_fetch_ahead() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20).run()
    assert len(app.dataframe) == len(app.get("plotly_chart")) == 1
    assert not app.run().dataframe
