"""Each command: exit status, one JSON document on stdout, errors in words on stderr."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.errors import FailureKind
from core.home import history_file
from core.jobs import manager
from core.results.history import History
from core.results.measured import Phase
from core.variants.axes import AXES
from core.variants.request import FIELDS
from tests.fake_executor import FakeExecutor

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--colour", "red"], ["--colour", "'red'", "--precision", "--price-per-hour"]),
        (["run", "--colour=red"], ["--colour", "'red'", "--precision"]),
        (["run", "--precisio", "nf4"], ["--precisio", "--precision"]),
        (["run", "four"], ["four", "--batch-size"]),
        (["history", "--precision", "nf4"], ["--precision", "--csv"]),
    ],
)
def test_an_unknown_flag_exits_2_and_lists_the_known_ones(
    arguments: list[str], words: list[str], out: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = out.readouterr()
    assert printed.out == ""
    for word in words:
        assert word in printed.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["COMMAND"]),
        (["rnu"], ["rnu", "run", "history"]),
        (["run", "--batch-size"], ["--batch-size", "from 1 to 4096"]),
        (["run", "--precision"], ["--precision", "nf4"]),
        (["run", "--prompt", "-x"], ["--prompt=VALUE"]),
        (["run", "--quality=maybe"], ["--quality", "true, false"]),
    ],
)
def test_other_misuse_exits_2_with_what_would_do(
    arguments: list[str], words: list[str], out: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    printed = out.readouterr()
    assert printed.out == ""
    for word in words:
        assert word in printed.err


def test_the_help_says_what_each_choice_is(out: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "--help"])
    assert caught.value.code == 0
    printed = " ".join(out.readouterr().out.split())
    for field in FIELDS:
        assert f"--{field.replace('_', '-')}" in printed
    for axis in AXES.values():
        for key, row in axis.rows.items():
            assert "".join(f"{key}:{row.summary}".split()) in printed.replace(" ", "")


def test_a_run_that_the_engine_refuses_exits_2_and_names_the_field(
    out: pytest.CaptureFixture[str], executor: FakeExecutor
) -> None:
    executor.fail_with = FailureKind.UNSUPPORTED
    executor.field_at_fault = "prompt"
    assert main(["run"]) == 2
    assert "prompt: " in out.readouterr().err


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


def test_a_result_that_cannot_be_saved_is_printed_with_a_warning(
    out: pytest.CaptureFixture[str],
) -> None:
    history_file().mkdir(parents=True)
    assert main(["run", "--json"]) == 0
    printed = out.readouterr()
    assert json.loads(printed.out)["status"] == "done"
    assert "warning: the run is not in the history: " in printed.err


def test_models_lists_the_catalogue_with_what_can_be_had_here(
    out: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "--json"]) == 0
    models = {model["key"]: model for model in json.loads(out.readouterr().out)}
    bundled, gpt2 = models["smollm2-135m"], models["gpt2"]
    assert (bundled["parameters"], bundled["weights"]) == (134_515_008, "trained")
    assert (gpt2["parameters"], gpt2["licence"]) == (124_439_808, "MIT")
    assert (gpt2["weights"], gpt2["usable"], gpt2["prepared"]) == ("random", True, False)
    assert "huggingface.co is not in reach" in gpt2["reason"]
    assert main(["models"]) == 0
    printed = out.readouterr().out
    assert "607a30d783df" in printed
    assert "Trained weights of distilgpt2, gpt2," in printed


def test_random_weights_are_marked_wherever_a_run_is_printed(
    out: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "--model", "gpt2"]) == 0
    printed = out.readouterr().out
    assert "gpt2 · fp32 · sdpa · random weights" in printed
    assert "the text is neither shown nor stored" in printed
    assert "No quality" in printed
    assert main(["history"]) == 0
    assert "gpt2 fp32 sdpa weights random" in out.readouterr().out
    assert main(["run", "--model", "gpt2", "--json"]) == 0
    document = json.loads(out.readouterr().out)
    assert document["variant"]["weights"] == "random"
    assert document["effective"]["weights"] == "random"
    assert (document["quality"], document["output"]["text"]) == (None, "")
    assert main(["history", "--csv", "-"]) == 0
    header, row, *_ = csv.reader(io.StringIO(out.readouterr().out))
    assert dict(zip(header, row, strict=True))["weights"] == "random"


def test_trained_weights_that_cannot_be_had_are_refused_with_what_would_help(
    out: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "--model", "gpt2", "--weights", "trained"]) == 2
    said = out.readouterr().err
    assert "weights: 'trained': The trained weights of openai-community/gpt2" in said
    assert "HF_ENDPOINT" in said
    assert "Valid: random." in said


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
