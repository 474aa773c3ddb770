"""`sweep`: what it prints before, while and after, its exit statuses, and an interrupt."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.errors import FailureKind
from core.jobs import manager, slots
from core.results.history import History
from tests.fake_executor import FakeExecutor
from tests.samples import a_cpu, an_environment

ROOT = Path(__file__).resolve().parents[2]
GRID = ["--precision", "fp32,nf4", "--batch-size", "1,4", "--max-new-tokens", "8"]


def document(out: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one document that a sweep printed."""
    assert main(["sweep", *GRID, *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(out.readouterr().out)
    return found


def test_the_document_has_runs_skipped_pareto_and_seconds(out: pytest.CaptureFixture[str]) -> None:
    found = document(out, "--attention", "sdpa,flash_attention_2")
    assert len(found["runs"]) == 4
    assert {run["status"] for run in found["runs"]} == {"done"}
    assert {run["workload"]["batch_size"] for run in found["runs"]} == {1, 4}
    assert len(found["skipped"]) == 4
    for cell in found["skipped"]:
        assert cell["spec"]["attention"] == "flash_attention_2"
        assert cell["spec"]["max_new_tokens"] == 8
        assert "NVIDIA GPU" in cell["reasons"][0]
    assert found["pareto"]
    assert set(found["pareto"]) <= {run["run_id"] for run in found["runs"]}
    assert found["seconds"] > 0
    assert found["estimate"]["seconds"]["likely"] > 0


def test_cells_reasons_and_the_estimate_are_told_before_it_starts(
    out: pytest.CaptureFixture[str],
) -> None:
    assert main(["sweep", *GRID, "--attention", "sdpa,flash_attention_2", "--no-trial"]) == 0
    printed = out.readouterr()
    told = printed.err.splitlines()
    assert told[0] == "8 cells: 4 to measure, 4 impossible"
    assert "flash_attention_2" in told[1]
    assert told[2].startswith("estimate: about ")
    assert told[3].startswith("memory: at most about ")
    assert sum(line.startswith("[") for line in told) == 4
    assert "[4/4]" in told[7]
    assert "STANDING" in printed.out


def test_a_dry_run_measures_nothing(out: pytest.CaptureFixture[str]) -> None:
    found = document(out, "--dry-run")
    assert [cell["spec"]["batch_size"] for cell in found["cells"]] == [1, 4, 1, 4]
    assert found["estimate"]["seconds"]["likely"] > 0
    assert History().rows() == []


def test_a_dry_run_skips_what_is_too_large(out: pytest.CaptureFixture[str]) -> None:
    large = ["--weights", "random", "--model", "gpt2-large", "--batch-size", "1,4096"]
    found = document(out, *large, "--max-new-tokens", "1000", "--dry-run")
    assert found["total"] == len(found["cells"]) + len(found["skipped"])
    assert any(cell["reasons"][0].startswith("needs ") for cell in found["skipped"])


@pytest.mark.usefixtures("here")
def test_measured_cells_are_reused_and_fresh_measures_them_again(
    out: pytest.CaptureFixture[str],
) -> None:
    first = document(out, "--no-trial")
    second = document(out, "--no-trial")
    ids = {run["run_id"] for run in first["runs"]}
    assert set(second["reused"]) == ids == {run["run_id"] for run in second["runs"]}
    third = document(out, "--no-trial", "--fresh")
    assert not ids & {run["run_id"] for run in third["runs"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--precision", "fp32,fp8"], ["precision", "fp8", "nf4"]),
        (["--precision", "fp32,fp32"], ["precision", "twice"]),
        (["--batch-size", "1,,2"], ["batch_size", "empty value"]),
        (["--batch-size", "1,x"], ["batch_size", "x"]),
        (["--budget-seconds", "0"], ["budget_seconds", "above 0"]),
        (["--budget-usd", "1"], ["budget_usd", "price"]),
        (["--search", "5"], ["goal"]),
        (["--search", "5", "--goal", "bluest"], ["goal", "bluest"]),
        (["--search", "none", "--goal", "fastest"], ["trials"]),
        (["--objectives", "tpot_s,beauty"], ["objectives", "beauty"]),
        (["--objectives", "tpot_s"], ["objectives", "two or three"]),
        (["--trust", "D"], ["trust"]),
        (["--attention", "flash_attention_2"], ["attention", "NVIDIA GPU"]),
        (["--resume", "20200101-000000-abcdef"], ["sweep", "no such sweep"]),
    ],
)
def test_a_wrong_request_has_status_2_and_measures_nothing(
    out: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    assert main(["sweep", *arguments]) == 2
    printed = out.readouterr()
    assert printed.out == ""
    for word in words:
        assert word in printed.err
    assert History().rows() == []


def test_a_resumed_sweep_has_its_own_grid(out: pytest.CaptureFixture[str]) -> None:
    key = document(out, "--no-trial")["experiment_id"]
    assert main(["sweep", "--resume", key, "--precision", "fp32"]) == 2
    assert "own grid" in out.readouterr().err
    assert main(["sweep", "--resume", key, "--json"]) == 0
    assert len(json.loads(out.readouterr().out)["runs"]) == 4


def test_a_sweep_without_any_result_has_status_1(
    out: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = FakeExecutor(fail_with=FailureKind.ERROR)
    defaults = (None, lambda _: failing, None, None)
    monkeypatch.setattr(manager.JobManager.__init__, "__defaults__", defaults)
    assert main(["sweep", *GRID, "--no-trial", "--json"]) == 1
    found = json.loads(out.readouterr().out)
    assert len(found["failed"]) == 4
    assert all(run["failure"]["kind"] == "error" for run in found["runs"])
    assert found["pareto"] == []


def test_a_budget_stops_it_and_says_so(out: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *GRID, "--no-trial", "--budget-seconds", "0.2", "--json"]) == 1
    printed = out.readouterr()
    found = json.loads(printed.out)
    assert "budget" in found["stopped_because"]
    assert len(found["not_measured"]) == 4
    assert f"sweep --resume {found['experiment_id']}" in printed.err


def test_a_search_measures_no_more_than_its_trials(out: pytest.CaptureFixture[str]) -> None:
    found = document(out, "--no-trial", "--search", "3", "--goal", "fastest")
    assert len(found["runs"]) == 3
    assert len(found["not_measured"]) == 1


def test_sweeps_are_listed(out: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--list"]) == 0
    assert "no sweeps yet" in out.readouterr().err
    key = document(out, "--no-trial")["experiment_id"]
    assert main(["sweep", "--list", "--json"]) == 0
    (row,) = json.loads(out.readouterr().out)
    assert (row["experiment_id"], row["status"]) == (key, "done")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is the one that sample results were measured on."""
    monkeypatch.setattr(slots, "read_environment", lambda: an_environment(a_cpu()))


@pytest.mark.slow
class TestReal:
    """The bundled model in a real worker."""

    SHORT = ("--max-new-tokens", "2", "--repeats", "2", "--warmup", "1", "--no-quality")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "core", "sweep", *arguments]

    def begun(self, *arguments: str) -> "subprocess.Popen[str]":
        """A sweep of which the first cell is measured."""
        # A job in the background of a shell ignores the interrupt, and so would what it starts.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            self.command(*arguments, *self.SHORT, "--no-trial"),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        signal.signal(signal.SIGINT, before)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("[1/"):
                return process
        raise AssertionError("no cell was measured")

    @pytest.mark.usefixtures("bundled_model")
    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
    def test_a_sweep_that_is_ended_goes_on_where_it_was(self, how: signal.Signals) -> None:
        process = self.begun("--precision", "fp32,bf16", "--batch-size", "1,2")
        os.kill(process.pid, how)
        _, rest = process.communicate(timeout=60)
        assert process.returncode == (130 if how is signal.SIGINT else -how)
        if how is signal.SIGINT:
            assert "go on with: python -m core sweep --resume" in rest
        listed = subprocess.run(
            self.command("--list", "--json"), cwd=ROOT, capture_output=True, check=True
        )
        (row,) = json.loads(listed.stdout)
        assert row["status"] == ("stopped" if how is signal.SIGINT else "interrupted")
        before = {r.run_id for r in History().rows() if r.status == "done"}
        resumed = subprocess.run(
            self.command("--resume", row["experiment_id"], "--json"),
            cwd=ROOT, capture_output=True, check=True, timeout=300,
        )  # fmt: skip
        found = json.loads(resumed.stdout)
        assert found["status"] == "done"
        assert len(found["runs"]) == 4
        assert {run["status"] for run in found["runs"]} == {"done"}
        assert before < {run["run_id"] for run in found["runs"]}
        assert found["share_measured"] > 0
