"""An executor over a real worker on this machine's processor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.local_executor import LocalExecutor
from core.variants.request import build_spec
from core.variants.spec import RunSpec


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    """One for a module: what a fault leaves behind, the next test would find."""
    made = LocalExecutor("cpu")
    yield made
    made.close()


@pytest.fixture
def good(tiny_model_folder: Path) -> RunSpec:
    """A run that works wherever there is a device."""
    return build_spec(
        {"model": str(tiny_model_folder), "max_new_tokens": 4, "repeats": 5, "quality": False}
    )
