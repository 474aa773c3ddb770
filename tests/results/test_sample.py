"""The sample data that come with the program: real, whole, marked, and without private things."""

import json
import re
from pathlib import Path

import pytest

from core.errors import HistoryError, ReadOnly
from core.results import sample
from core.results.history import History
from core.results.types import Grade, RunResult

PRIVATE = re.compile(r"/(root|home|tmp|work|Users)/|@|password|secret", re.IGNORECASE)


@pytest.fixture(scope="module")
def shipped() -> sample.Sample:
    return sample.Sample()


def test_it_has_about_a_dozen_runs_of_one_machine(shipped: sample.Sample) -> None:
    whole = shipped.history.in_full(shipped.history.ids())
    assert whole.damaged == ()
    results = [run.outcome for run in whole.runs if isinstance(run.outcome, RunResult)]
    assert len(results) >= 8
    assert shipped.origin.runs == len(whole.runs)
    assert shipped.origin.device == results[0].environment.device_name
    assert all(len(result.samples.e2e_s) >= 5 for result in results)
    assert {result.spec.variant.precision for result in results} >= {"fp32", "bf16", "nf4"}
    assert sum(result.trust.grade is not Grade.C for result in results) >= len(results) / 2


def test_each_run_is_marked_as_a_sample(shipped: sample.Sample) -> None:
    for row in shipped.history.rows():
        assert "sample" in row.tags
        assert row.host_name == "sample machine"


def test_nothing_private_is_in_the_file() -> None:
    for line in sample.SHIPPED.read_text(encoding="utf-8").splitlines():
        assert not PRIVATE.search(line), PRIVATE.search(line)
        assert set(re.findall(r'"host_name":"([^"]*)"', line)) <= {"sample machine"}


def test_nothing_can_be_added(shipped: sample.Sample) -> None:
    with pytest.raises(ReadOnly, match="sample data"):
        shipped.history.tag([shipped.history.ids()[0]], ["mine"])


def test_the_persons_own_history_is_not_touched(home: Path) -> None:
    sample.Sample()
    assert not home.exists()
    assert History().rows() == []


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="sample data cannot be read"):
        sample.Sample(tmp_path / "none.jsonl")


def test_runs_of_two_machines_are_no_sample(tmp_path: Path) -> None:
    first, second, *_ = sample.SHIPPED.read_text(encoding="utf-8").splitlines()
    device = json.loads(first)["run"]["outcome"]["environment"]["device_name"]
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text("\n".join([first, second.replace(device, "Another CPU")]), encoding="utf-8")
    with pytest.raises(HistoryError, match="of 2 machines"):
        sample.Sample(mixed)
