"""Every test has a data folder and device locks of its own, never the person's."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`$TRADEOFFS_HOME` of this test alone, not yet made."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TRADEOFFS_HOME", str(folder))
    monkeypatch.setenv("TRADEOFFS_LOCKS", str(tmp_path / "locks"))
    return folder
