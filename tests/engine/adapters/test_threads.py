"""As many threads as PyTorch would use, by the same variables."""

import os
import subprocess
import sys

import pytest

from core.engine.adapters.threads import thread_count


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"OMP_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "3,2"}, 3),
        ({"OMP_NUM_THREADS": "3", "OMP_THREAD_LIMIT": "2"}, 2),
        ({"MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "3"}, 1),
    ],
)
def test_what_is_set_counts(
    variables: dict[str, str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert thread_count() == expected


def test_nonsense_counts_as_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = thread_count()
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert thread_count() == usual >= 1


def test_by_default_there_are_as_many_as_torch_has() -> None:
    kept = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    asked = "import torch; print(torch.get_num_threads())"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, env=kept, check=True
    )
    assert thread_count() == int(done.stdout)
