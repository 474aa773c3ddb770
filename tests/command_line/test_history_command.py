"""The history command: table, JSON and CSV of all runs or of one, and files it cannot write."""

import csv
import json
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import FailureKind
from core.results.history import History
from core.results.reproduce import command_line
from tests.samples import a_failure, a_result, a_run_environment, a_spec


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_history_as_table_json_and_csv(out: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    History().finish(a_result("run-1"))
    assert main(["history"]) == 0
    assert "run-1" in out.readouterr().out
    assert main(["history", "--json"]) == 0
    assert [run["run_id"] for run in json.loads(out.readouterr().out)] == ["run-1"]
    file = tmp_path / "runs.csv"
    assert main(["history", "--csv", str(file)]) == 0
    with file.open(encoding="utf-8", newline="") as stream:
        assert [row["run_id"] for row in csv.DictReader(stream)] == ["run-1"]
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["runs.csv"]
    assert main(["history", "--csv", "-"]) == 0
    assert out.readouterr().out.startswith("run_id,")


def test_one_run_for_a_person_and_as_json(out: pytest.CaptureFixture[str]) -> None:
    spec = a_spec(precision="nf4", prompt="it's -- so")
    History().finish(a_result("run-1", spec))
    History().finish(a_result("run-2"))
    History().tag(["run-1"], ["demo"])
    assert main(["history", "--run", "run-1"]) == 0
    printed = out.readouterr().out
    assert "TTFT" in printed
    assert "demo" in printed
    assert command_line(spec) in printed
    assert main(["history", "--run", "run-1", "--json"]) == 0
    assert json.loads(out.readouterr().out)["run_id"] == "run-1"
    assert main(["history", "--run", "run-1", "--csv", "-"]) == 0
    assert [row["run_id"] for row in rows_of(out.readouterr().out)] == ["run-1"]


def test_a_failure_is_shown_with_its_reason(out: pytest.CaptureFixture[str]) -> None:
    message = "Needs 9 GB, 5 GB are free."
    History().finish(a_failure("run-2", kind=FailureKind.OUT_OF_MEMORY, message=message))
    for arguments in (["history"], ["history", "--run", "run-2"]):
        assert main(arguments) == 0
        printed = out.readouterr().out
        assert "out_of_memory" in printed
        assert message in printed


@pytest.mark.parametrize("run_id", ["run-7", "", "' OR 1=1"])
def test_an_unknown_run_is_a_wrong_request(out: pytest.CaptureFixture[str], run_id: str) -> None:
    History().finish(a_result("run-1"))
    assert main(["history", "--run", run_id]) == 2
    assert "run-1" in out.readouterr().err


@pytest.mark.parametrize("file", ["nowhere/runs.csv", "", ".", "a\0b", "x" * 300])
def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left(
    out: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    History().finish(a_result("run-1"))
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(["history", "--csv", file]) == 2
    error = out.readouterr().err
    assert "csv: " in error
    assert "cannot be written" in error
    assert sorted(tmp_path.iterdir()) == before


def test_a_pipe_is_written_to_and_not_replaced(
    out: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    History().finish(a_result("run-1"))
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    assert main(["history", "--csv", str(pipe)]) == 0
    reader.join(10)
    assert "run-1" in read[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert "wrote 1 run to" in out.readouterr().err


def test_a_link_is_followed(tmp_path: Path) -> None:
    History().finish(a_result("run-1"))
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    assert main(["history", "--csv", str(link)]) == 0
    assert link.is_symlink()
    assert "run-1" in real.read_text()


def test_csv_and_json_together_are_refused(out: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--json", "--csv", "-"]) == 2
    assert out.readouterr().out == ""


def test_an_empty_history_says_so_and_is_valid_json(out: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 0
    assert "empty" in out.readouterr().err
    assert main(["history", "--json"]) == 0
    assert json.loads(out.readouterr().out) == []


def test_a_damaged_run_is_told_and_keeps_no_other_back(out: pytest.CaptureFixture[str]) -> None:
    history = History()
    history.finish(a_result("run-1"))
    history.finish(a_result("run-2"))
    connection = sqlite3.connect(history.database.path)
    with connection:
        connection.execute("UPDATE runs SET outcome = '{' WHERE run_id = 'run-1'")
    connection.close()
    assert main(["history", "--csv", "-"]) == 0
    printed = out.readouterr()
    assert [row["run_id"] for row in rows_of(printed.out)] == ["run-2"]
    assert "run-1 is damaged" in printed.err


def test_the_price_is_the_persons_or_that_of_each_runs_device(
    out: pytest.CaptureFixture[str],
) -> None:
    on_gpu = a_run_environment().model_copy(update={"device_name": "NVIDIA H100 80GB HBM3"})
    History().finish(a_result("gpu", a_spec(device="cuda:0"), environment=on_gpu))
    History().finish(a_result("cpu", minute=1))
    assert main(["history", "--json"]) == 0
    cpu, gpu = (run["cost"] for run in json.loads(out.readouterr().out))
    assert gpu["usd_per_run"] > 10 * cpu["usd_per_run"]
    assert main(["history", "--json", "--price-per-hour", "3.6"]) == 0
    costs = [run["cost"] for run in json.loads(out.readouterr().out)]
    assert [cost["usd_per_hour"] for cost in costs] == [3.6, 3.6]
    assert costs[0]["usd_per_run"] == pytest.approx(0.002)
    assert main(["history", "--price-per-hour", "nan"]) == 2


def test_what_a_model_or_a_person_wrote_cannot_command_the_terminal(
    out: pytest.CaptureFixture[str],
) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"
    output = a_result().output.model_copy(update={"text": evil})
    History().finish(a_result("run-1", a_spec(prompt=f"x{evil}"), output=output))
    History().annotate("run-1", evil)
    for arguments in (["history"], ["history", "--run", "run-1"]):
        assert main(arguments) == 0
        assert "\x1b" not in out.readouterr().out
