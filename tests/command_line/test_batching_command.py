"""`batching`: simulated from a calibration's file, as text and as one document."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.results.serving import StepKind
from core.variants.policy import PolicyKind
from tests.sample_steps import a_calibration

Out = pytest.CaptureFixture[str]


@pytest.fixture
def steps(tmp_path: Path) -> str:
    """The file of a calibration with all kinds of steps."""
    file = tmp_path / "steps.json"
    file.write_text(a_calibration().model_dump_json(), encoding="utf-8")
    return str(file)


def run(out: Out, *arguments: str) -> tuple[int, str, str]:
    status = main(["batching", *arguments])
    printed = out.readouterr()
    return status, printed.out, printed.err


def test_one_document_with_every_policy(out: Out, steps: str) -> None:
    flags = ("--calibration", steps, "--json", "--rate-per-s", "2", "--rates", "0.2,0.5,40")
    status, text, _ = run(out, *flags)
    document = json.loads(text)
    assert status == 0
    assert document["simulated"] is True
    assert [one["kind"] for one in document["fits"]] == ["prefill", "decode", "mixed"]
    assert all(one["worst_error"] < 1e-6 for one in document["fits"])
    assert [one["policy"]["kind"] for one in document["policies"]] == list(PolicyKind)
    for one in document["policies"]:
        assert one["metrics"]["output_tokens_per_s"] > 0
        assert one["metrics"]["counted"] == "requests 11 to 90 of 100"
        assert one["knee_per_s"] < one["capacity_per_s"]
        shown = [point["rate_per_s"] for point in one["curve"]]
        assert shown == sorted({0.2, 0.5, 40, one["knee_per_s"]})
        assert [point["overloaded"] for point in one["curve"]] == [False, False, False, True]


def test_the_same_seed_prints_the_same(out: Out, steps: str) -> None:
    flags = ("--calibration", steps, "--json", "--policies", "window", "--rates", "1,2")
    first, again = run(out, *flags, "--seed", "5"), run(out, *flags, "--seed", "5")
    assert first == again
    assert first != run(out, *flags, "--seed", "6")


def test_a_report_for_a_person(out: Out, steps: str) -> None:
    status, text, _ = run(out, "--calibration", steps, "--rate-per-s", "40", "--rates", "1,4,16")
    assert status == 0
    assert "100 requests, poisson, at 40.0 requests/s" in text
    assert "TTFT at most 2.00 s, TPOT at most 250 ms" in text
    assert "window 8, 0.5 s: rate_per_s: 40.0: at most" in text
    assert "utilisation" in text
    assert "more than can be served). Each point is of 1,000 requests." in text
    table = text.partition("REQUESTS/S")[2].splitlines()
    assert [line.split()[0] for line in table[1:6]] == ["1.00", "4.00", "16.0", "most", "knee"]


def test_a_trace_and_its_own_rate(out: Out, steps: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    rows = "".join(f"{n};{10 + n};4\r\n" for n in range(30))
    trace.write_bytes(b"\xef\xbb\xbfarrival_s;prompt_tokens;output_tokens\r\n" + rows.encode())
    status, text, _ = run(out, "--calibration", steps, "--trace", str(trace), "--json",
                          "--policies", "none,static", "--ttft-s", "none")  # fmt: skip
    document = json.loads(text)
    assert status == 0
    assert document["load"]["trace"] == {"rows": 30, "notes": []}
    assert document["load"]["mean_rate_per_s"] == 1.0
    assert document["load"]["arriving_rate_per_s"] == 1.0
    assert document["objective"] == {"ttft_s": None, "tpot_s": 0.25}


def test_lengths_beyond_what_was_measured_are_told(out: Out, steps: str) -> None:
    flags = (
        "--prompt-lengths",
        "500",
        "--policies",
        "static",
        "--batch-size",
        "16",
        "--rates",
        "1",
    )
    _, text, _ = run(out, "--calibration", steps, *flags)
    assert "prefill steps of 16 rows: measured up to 8." in text
    assert "prefill steps at 500 tokens: measured up to 256." in text
    assert "At the highest rate: prefill steps of 16 rows: measured up to 8." in text


def test_too_few_steps_for_any_policy_are_refused(out: Out, tmp_path: Path) -> None:
    file = tmp_path / "steps.json"
    whole = a_calibration(continuous=False)
    some = tuple(one for one in whole.samples if one.kind is StepKind.DECODE)
    for samples, found in ((some, "decode"), ((), "no steps")):
        file.write_text(whole.model_copy(update={"samples": samples}).model_dump_json())
        status, text, error = run(out, "--calibration", str(file))
        assert (status, text) == (2, "")
        assert f"calibration: '{found}': no policy can be served" in error
        assert "Valid: prefill and decode steps, mixed steps" in error


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--policies", "fifo"), "policies: 'fifo': there is no such policy. Valid: none, static"),
        (("--rates", "1,0"), "rates: '0'"),
        (("--rate-per-s", "-1"), "rate_per_s: '-1': it must be a number above 0"),
        (("--batch-size", "0"), "batch_size: '0': it must be a whole number from 1 to 4096"),
        (("--trace", "/nowhere.csv"), "trace: '/nowhere.csv': the file cannot be read"),
        (("--price-per-hour", "free"), "price_per_hour"),
        (("--rate", "1"), "there is no such flag"),
    ],
)
def test_wrong_requests_are_named(out: Out, steps: str, flags: tuple[str, ...], words: str) -> None:
    status, text, error = run(out, "--calibration", steps, *flags)
    assert (status, text) == (2, "")
    assert words in error


def test_what_is_no_calibration_is_refused(out: Out, tmp_path: Path) -> None:
    file = tmp_path / "steps.json"
    sample = {"kind": "decode", "batch": 1, "prompt_tokens": 0, "context_tokens": 3,
              "new_tokens": 1, "seconds": -1}  # fmt: skip
    whole = json.dumps({"variant": {}, "samples": [sample]})
    for text, words in (("{", "whole file"), (whole, "samples.0.seconds")):
        file.write_text(text, encoding="utf-8")
        status, _, error = run(out, "--calibration", str(file))
        assert status == 2
        assert words in error
    assert run(out)[0] == 2


def test_continuous_batching_needs_its_own_steps(out: Out, tmp_path: Path) -> None:
    file = tmp_path / "steps.json"
    file.write_text(a_calibration(continuous=False).model_dump_json(), encoding="utf-8")
    status, _, error = run(out, "--calibration", str(file), "--policies", "continuous")
    assert status == 2
    assert "policies" in error
    assert "Valid: none, static, window, grouped" in error
    _, text, _ = run(out, "--calibration", str(file), "--json", "--rates", "1")
    kinds = [one["policy"]["kind"] for one in json.loads(text)["policies"]]
    assert kinds == ["none", "static", "window", "grouped"]
