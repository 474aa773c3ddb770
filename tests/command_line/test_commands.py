"""Each command: exit status, one JSON document on stdout, errors in words on stderr."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.errors import FailureKind
from core.jobs import manager
from core.results.history import History
from core.results.types import Phase
from tests.fake_executor import FakeExecutor
from tests.samples import a_result

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def executor(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeExecutor]:
    fake = FakeExecutor()
    monkeypatch.setattr(manager.JobManager.__init__, "__defaults__", (None, lambda _: fake))
    return fake


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    return capsys


def test_run_prints_one_document_and_stores_the_run(out: pytest.CaptureFixture[str]) -> None:
    asked = ["--precision", "nf4", "--batch-size", "4", "--prompt", "Once", "--repeats", "5"]
    assert main(["run", *asked, "--json"]) == 0
    document = json.loads(out.readouterr().out)
    assert document["status"] == "done"
    assert document["variant"]["precision"] == "nf4"
    assert document["workload"]["batch_size"] == 4
    stored = History().get(document["run_id"])
    assert stored is not None
    assert stored.status == "done"


def test_run_without_json_is_a_table_with_dashes_for_the_unknown(
    out: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "--no-quality"]) == 0
    printed = out.readouterr()
    lines = dict(line.rsplit("  ", 1) for line in printed.out.splitlines() if "  " in line)
    assert any(line.startswith("TTFT") for line in printed.out.splitlines())
    assert any(key.startswith("Perplexity") and "–" in value for key, value in lines.items())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--precision", "fp8"], ["precision", "fp8", "nf4"]),
        (["--attention", "owner/kernel"], ["attention", "owner/kernel", "sdpa"]),
        (["--attention", "flash_attention_2"], ["attention", "NVIDIA GPU"]),
        (["--model", "gpt-17"], ["model", "gpt-17", "smollm2-135m"]),
        (["--batch-size", "0"], ["batch_size", "0", "from 1 to"]),
        (["--batch-size", "abc"], ["batch_size", "abc", "from 1 to"]),
        (["--prompt", ""], ["prompt", "empty"]),
        (["--prompt", "x", "--prompt-tokens", "5"], ["prompt", "not both"]),
        (["--max-new-tokens", "9000"], ["max_new_tokens", "9000"]),
        (["--device", "cuda:7"], ["device", "cuda:7", "cpu"]),
        (["--price-per-hour", "-3"], ["price_per_hour", "-3", "from 0"]),
    ],
)
def test_a_wrong_request_exits_2_and_names_field_value_and_valid_values(
    arguments: list[str], words: list[str], out: pytest.CaptureFixture[str], executor: FakeExecutor
) -> None:
    assert main(["run", *arguments, "--json"]) == 2
    printed = out.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    for word in words:
        assert word in printed.err
    assert executor.started == []


def test_an_unknown_flag_exits_2(out: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "--colour", "red"])
    assert caught.value.code == 2
    assert "--colour" in out.readouterr().err


def test_a_failed_run_exits_1_and_still_prints_its_document(
    out: pytest.CaptureFixture[str], executor: FakeExecutor
) -> None:
    executor.fail_with = FailureKind.OUT_OF_MEMORY
    assert main(["run", "--json"]) == 1
    printed = out.readouterr()
    assert json.loads(printed.out)["status"] == "out_of_memory"
    assert "out_of_memory" in printed.err


def test_an_interrupt_cancels_the_run_and_exits_130(
    out: pytest.CaptureFixture[str], executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor.hold = Phase.MEASURING

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(manager.JobManager, "wait", interrupt)
    assert main(["run"]) == 130
    (row,) = History().rows()
    assert row.status == "cancelled"
    assert "Traceback" not in out.readouterr().err


def test_models_lists_the_bundled_model(out: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    (model,) = json.loads(out.readouterr().out)
    assert (model["key"], model["parameters"]) == ("smollm2-135m", 134_515_008)
    assert main(["models"]) == 0
    assert "smollm2-135m" in out.readouterr().out


def test_environment_tells_each_choice_with_the_reason_against_it(
    out: pytest.CaptureFixture[str],
) -> None:
    assert main(["environment", "--json"]) == 0
    document = json.loads(out.readouterr().out)
    assert document["devices"][-1]["key"] == "cpu"
    choices = {(c["field"], c["key"]): c for c in document["choices"]["cpu"]}
    assert choices["precision", "fp32"]["usable"] is True
    flash = choices["attention", "flash_attention_2"]
    assert flash["usable"] is False
    assert "NVIDIA GPU" in flash["reason"]
    assert main(["environment"]) == 0
    assert "flash_attention_2" in out.readouterr().out


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
    assert main(["history", "--csv", "-"]) == 0
    assert out.readouterr().out.startswith("run_id,")


def test_one_run_of_the_history(out: pytest.CaptureFixture[str]) -> None:
    History().finish(a_result("run-1"))
    assert main(["history", "--run", "run-1"]) == 0
    assert json.loads(out.readouterr().out)["run_id"] == "run-1"
    assert main(["history", "--run", "run-2"]) == 2
    assert "run-1" in out.readouterr().err


def test_a_file_that_cannot_be_written_is_an_error_in_words(
    out: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["history", "--csv", str(tmp_path / "nowhere" / "runs.csv")]) == 1
    assert "cannot be written" in out.readouterr().err


def test_an_empty_history_says_so_and_is_valid_json(out: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 0
    assert "empty" in out.readouterr().err
    assert main(["history", "--json"]) == 0
    assert json.loads(out.readouterr().out) == []


def test_the_command_line_never_imports_torch_or_streamlit() -> None:
    program = (
        "import sys; from core.__main__ import main\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'torch', 'transformers', 'streamlit'} & set(sys.modules), file=sys.stderr)"
    )
    done: Any = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "set()"
