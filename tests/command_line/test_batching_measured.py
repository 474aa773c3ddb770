"""`batching --measure` and `--calibrate`, over an executor whose steps follow a formula."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import FailureKind
from tests.fake_executor import FakeExecutor
from tests.sample_steps import SampleTimes, a_calibration

Out = pytest.CaptureFixture[str]
SMALL = ("--requests", "20", "--output-lengths", "uniform:2-6", "--batch-size", "4")


def run(out: Out, *arguments: str) -> tuple[int, str, str]:
    return run_alone(out, *SMALL, *arguments)


def run_alone(out: Out, *arguments: str) -> tuple[int, str, str]:
    """Without a load."""
    status = main(["batching", *arguments])
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
    status, text, _ = run(out, "--calibrate", "--steps-to", str(file), "--rates", "0.5", "--json")
    assert status == 0
    at_once = json.loads(text)["simulation"]
    written = run(out, "--calibration", str(file), "--rates", "0.5", "--json")[1]
    status, text, told = run(out, "--rates", "0.5", "--json")
    assert status == 0
    assert json.loads(text) == json.loads(written)
    assert json.loads(text) == at_once
    assert at_once["simulated"] is True
    rates = {one["curve"][0]["rate_per_s"] for one in at_once["policies"]}
    assert (len(at_once["policies"]), rates) == (5, {0.5})
    assert "steps measured" in told
    assert len(executor.started) == 1
    status, text, told = run(out, "--measure", "none", "--rate-per-s", "0.5")
    assert status == 0
    assert "uses steps measured" in told
    assert "none at 0.5" not in told
    assert "within 20 %" in text
    assert len(executor.started) == 2


@pytest.mark.usefixtures("bundled_model")
def test_calibrating_tells_the_steps_and_what_they_foretell(out: Out) -> None:
    status, text, _ = run(out, "--calibrate", "--policies", "none", "--rates", "0.5,1")
    assert status == 0
    assert text.count("MEDIAN ERROR") == 1
    assert "Simulated; latencies" in text
    assert "REQUESTS/S" in text


@pytest.mark.usefixtures("bundled_model")
def test_a_load_is_held_against_the_steps_of_a_file(
    out: Out, executor: FakeExecutor, tmp_path: Path
) -> None:
    file = str(tmp_path / "steps.json")
    steps = a_calibration(SampleTimes(step_s=0.4))
    Path(file).write_text(steps.model_dump_json(), encoding="utf-8")
    asked = ("--measure", "none", "--rate-per-s", "0.1", "--json")
    status, text, told = run(out, *asked, "--calibration", file)
    document = json.loads(text)
    assert (status, len(executor.started)) == (0, 1)
    assert (document["steps_file"], document["calibrated_in"]) == (file, None)
    assert document["simulation"] is None
    assert document["agreements"][0]["figures"]["e2e_p50_s"]["deviation"] > 2
    assert f"those of the file {file}" in document["doubts"][0]
    assert f"({file})" in told
    assert json.loads(run(out, *asked)[1])["calibrated_in"] is not None
    assert len(executor.started) == 3
    status, _, told = run(out, *asked, "--calibration", file, "--precision", "bf16")
    assert status == 2
    assert "precision: 'bf16': the steps in" in told


@pytest.mark.usefixtures("bundled_model")
def test_what_cannot_be_served_is_said_before(out: Out) -> None:
    run(out, "--calibrate", "--rates", "0.5")
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
    status, text, _ = run_alone(out, "--resume", json.loads(text)["experiment_id"], "--json")
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
        (("--resume", "nothing"), "requests: '20': --requests says nothing with --resume"),
        (("--calibrate", "--rates", "0"), "rates: '0'"),
        (("--calibrate", "--price-per-hour", "free"), "price_per_hour"),
        (("--calibrate", "--repeats", "2"), "--repeats says nothing where no load is served"),
        (("--most-s", "60"), "--most-s says nothing where no load is served"),
        (("--overloads",), "--overloads says nothing where no load is served"),
        (("--devices", "all"), "--devices says nothing where no load is served"),
        (("--anew",), "--anew says nothing where nothing is measured"),
        (("--calibrate", "--calibration", "steps.json"), "give one of both"),
        (("--measure", "none", "--anew", "--calibration", "steps.json"), "give one of both"),
        (("--calibrate", "--compile", "whole"), "compile"),
        ((), "measure them with --calibrate"),
    ],
)
def test_wrong_requests_exit_2(out: Out, arguments: tuple[str, ...], told: str) -> None:
    status, _, said = run(out, *arguments)
    assert status == 2
    assert told in said


def test_an_unknown_load_test_cannot_be_resumed(out: Out) -> None:
    status, _, said = run_alone(out, "--resume", "nothing", "--json")
    assert status == 2
    assert "no such load test" in said
