"""A service over an engine that counts, with a reference that is as undecided as the engine."""

from pathlib import Path

import numpy as np
import pytest

from core.engine.adapters.asking import Inquiry
from core.engine.quality_cache import keep_log_probabilities, keep_passages
from tests.engine.adapters.fake_engine import VOCABULARY, CountingEngine
from tests.engine.adapters.serving import PASSAGES, Served


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Served:
    """With a reference in which every token is as likely as any other, as with the engine."""

    def reference(*_: object) -> Path:
        even = np.full((1, VOCABULARY), -np.log(VOCABULARY), dtype=np.float32)
        for number, passage in enumerate(PASSAGES):
            keep_log_probabilities(tmp_path, number, even.repeat(len(passage.ids) - 1, axis=0))
        keep_passages(tmp_path, PASSAGES)
        return tmp_path

    monkeypatch.setattr(Inquiry, "ceilings", lambda _: None)
    monkeypatch.setattr(Inquiry, "reference", reference)
    return Served(CountingEngine)
