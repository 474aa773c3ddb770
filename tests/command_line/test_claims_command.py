"""`claims`: the list, trials, and what is wrong with a request."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import FailureKind
from tests.fake_executor import FakeExecutor

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _tokenizer(bundled_model: Path) -> None:
    """So that a prompt's tokens can be counted."""


def test_before_a_trial_there_is_no_verdict(out: Out) -> None:
    assert main(["claims"]) == 0
    lines = out.readouterr().out.splitlines()
    assert len(lines) == 10
    assert "A pass per token" in lines[8]
    for line in lines[1:]:
        assert not any(word in line for word in ("holds", "fails", "undecided"))
    assert main(["claims", "--json"]) == 0
    documents = json.loads(out.readouterr().out)
    assert [one["latest"] for one in documents] == [None] * 9
    assert all(one["seconds"] > 0 for one in documents)


def test_a_trial_prints_its_verdict_and_the_list_has_it_then(out: Out) -> None:
    assert main(["claims", "--run", "8"]) == 0
    printed = out.readouterr().out
    assert printed.startswith("8. ")
    assert "Forward passes, with the KV cache" in printed
    assert main(["claims", "--list", "--json"]) == 0
    latest = json.loads(out.readouterr().out)[7]["latest"]
    assert latest["verdict"]["kind"] in printed
    assert latest["environment"]
    assert latest["elsewhere"] is False


def test_trials_as_one_document(out: Out) -> None:
    assert main(["claims", "--run", "8,5", "--json"]) == 0
    eight, five = json.loads(out.readouterr().out)
    assert (eight["number"], five["number"]) == (8, 5)
    assert five["verdict"]["parts"][0]["measured"]["low"] is not None
    assert set(five["runs"]) == {"batch 1", "batch 16", "batch 2", "batch 4", "batch 8"}


def test_a_trial_without_a_verdict_is_told_in_it(executor: FakeExecutor, out: Out) -> None:
    executor.fail_with = FailureKind.ERROR
    assert main(["claims", "--run", "1"]) == 0
    assert "undecided" in out.readouterr().out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--run", "10"], "there is no such claim"),
        (["--run", "one"], "give numbers"),
        (["--resume", "x"], "no such trial"),
        (["--device", "cuda:7"], "no such device"),
        (["--walk"], "no such flag"),
    ],
)
def test_a_wrong_request_is_told_with_what_is_valid(flags: list[str], words: str, out: Out) -> None:
    assert main(["claims", *flags]) == 2
    captured = out.readouterr()
    assert words in captured.err
    assert not captured.out
