"""`batching --measure` and `--calibrate`, over an executor whose steps follow a formula."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import FailureKind
from tests.fake_executor import FakeExecutor

Out = pytest.CaptureFixture[str]
SMALL = ("--requests", "20", "--output-lengths", "uniform:2-6", "--batch-size", "4")


def run(out: Out, *arguments: str) -> tuple[int, str, str]:
    status = main(["batching", *SMALL, *arguments])
    printed = out.readouterr()
    return status, printed.out, printed.err


@pytest.mark.usefixtures("bundled_model")
def test_a_measured_load_beside_its_simulation(out: Out) -> None:
    status, text, told = run(out, "--measure", "window,continuous", "--repeats", "2", "--json")
    document = json.loads(text)
    assert status == 0
    assert (document["simulated"], document["status"], document["reason"]) == (False, "done", "")
    labels = [(one["label"], one["repeats"]) for one in document["agreements"]]
    assert labels == [("window 4, 0.5 s", 2), ("continuous 4", 2)]
    for one in document["agreements"]:
        assert one["holds"] is True
        assert abs(one["figures"]["e2e_p50_s"]["deviation"]) < 1e-6
        assert one["requests"] == 20
    assert "first measures steps" in told


@pytest.mark.usefixtures("bundled_model")
def test_steps_are_measured_once_and_then_simulated_with(
    out: Out, executor: FakeExecutor, tmp_path: Path
) -> None:
    file = tmp_path / "steps.json"
    status, text, _ = run(out, "--calibrate", "--steps-to", str(file))
    assert status == 0
    assert "mixed" in text
    written = run(out, "--calibration", str(file), "--rates", "0.5", "--json")[1]
    status, text, told = run(out, "--rates", "0.5", "--json")
    assert status == 0
    assert json.loads(text) == json.loads(written)
    assert json.loads(text)["simulated"] is True
    assert "steps measured" in told
    assert len(executor.started) == 1
    status, text, told = run(out, "--measure", "none", "--rate-per-s", "0.5")
    assert status == 0
    assert "uses steps measured" in told
    assert "none at 0.5" not in told
    assert "within 20 %" in text
    assert len(executor.started) == 2


@pytest.mark.usefixtures("bundled_model")
def test_what_cannot_be_served_is_said_before(out: Out) -> None:
    run(out, "--calibrate")
    status, _, told = run(out, "--measure", "none", "--rate-per-s", "90")
    assert status == 2
    assert "at most" in told
    assert "requests/s can be served" in told
    status, _, told = run(out, "--measure", "none", "--rate-per-s", "0.01", "--most-s", "60")
    assert status == 2
    assert "most_s" in told


@pytest.mark.usefixtures("bundled_model")
def test_what_failed_is_told_and_can_be_resumed(out: Out, executor: FakeExecutor) -> None:
    executor.fail_with = FailureKind.LOST
    status, text, told = run(out, "--measure", "none", "--json")
    assert status == 1
    assert "it ended early" in told
    executor.fail_with = None
    status, text, _ = run(out, "--resume", json.loads(text)["experiment_id"], "--json")
    assert status == 0
    assert len(json.loads(text)["agreements"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--measure", "sometimes"), "there is no such policy"),
        *(
            (
                ("--measure", "none", "--repeats", bad),
                f"repeats: '{bad}': it must be a whole number from 1 to 20.",
            )
            for bad in ("0", "50", "2.5", "inf", "nan", "1e999", "many")
        ),
        *(
            (
                ("--measure", "none", "--most-s", bad),
                f"most_s: '{bad}': it must be a number of seconds from 1 to 14400.",
            )
            for bad in ("soon", "nan", "14401")
        ),
        (("--resume", "nothing"), "no such load test"),
        (("--calibrate", "--compile", "whole"), "compile"),
        ((), "measure them with --calibrate"),
    ],
)
def test_wrong_requests_exit_2(out: Out, arguments: tuple[str, ...], told: str) -> None:
    status, _, said = run(out, *arguments)
    assert status == 2
    assert told in said
