"""`report`: words, JSON and HTML of the same savings; what is wrong names its flag."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.results.history import History
from tests.samples import a_failure, a_result, a_spec

Out = pytest.CaptureFixture[str]
BOTH = ("--from", "run-a", "--to", "run-b")


@pytest.fixture(autouse=True)
def filled() -> None:
    history = History()
    history.finish(a_result("run-a", a_spec(), e2e_s=2.0))
    history.finish(a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0))
    history.finish(a_result("run-c", a_spec(max_new_tokens=8), e2e_s=0.5))
    history.finish(a_failure("run-d"))
    history.annotate("run-b", "a note of ours")
    history.finish(a_result("run-gone", a_spec()))
    history.delete(["run-gone"])


def test_for_a_person_there_are_words(out: Out) -> None:
    assert main(["report", *BOTH, "--price-per-hour", "1"]) == 0
    printed = out.readouterr().out
    assert printed.startswith("$278 saved per month\n")
    assert "Quality: 2.0 % worse" in printed
    assert "With whole machines kept on all month" in printed


def test_json_has_every_number(out: Out) -> None:
    numbers = ("--requests-per-month", "3600", "--price-per-hour", "2", "--utilisation", "0.5")
    assert main(["report", *BOTH, *numbers, "--json"]) == 0
    found: dict[str, Any] = json.loads(out.readouterr().out)
    assert found["told"] == "saves"
    assert found["usd_saved_per_month"] == pytest.approx(4.0)
    assert found["saving"]["by-second"]["interval"][0] < 4.0
    assert found["from"]["hours_per_month"] == pytest.approx(2.0)
    assert found["to"]["machines"] == 1
    assert found["perplexity_ratio"] == pytest.approx(1.02)


def test_a_saving_that_may_be_chance_is_no_number(out: Out) -> None:
    History().finish(a_result("run-e", a_spec(precision="fp16"), e2e_s=2.0))
    assert main(["report", "--from", "run-a", "--to", "run-e", "--json"]) == 0
    found: dict[str, Any] = json.loads(out.readouterr().out)
    assert (found["told"], found["usd_saved_per_month"]) == ("undecided", None)


def test_the_report_is_written_with_notes_or_printed(out: Out, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert main(["report", *BOTH, "--html", str(file)]) == 0
    document = file.read_text(encoding="utf-8")
    assert document.startswith("<!DOCTYPE html>")
    assert "a note of ours" in document
    assert "wrote the report" in out.readouterr().err
    assert main(["report", *BOTH, "--html", "-"]) == 0
    assert out.readouterr().out == document


def test_one_run_alone_has_its_cost(out: Out) -> None:
    assert main(["report", "--from", "run-a", "--paid", "all-month"]) == 0
    assert out.readouterr().out.startswith("$73.58 per month")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "no-run"), "from: 'no-run': the history has no such run. Valid: run-"),
        (("--from", "run-d"), "from: 'run-d': nothing was measured"),
        (("--from", "run-gone"), "from: 'run-gone': it was deleted"),
        (("--from", "run-a", "--to", "run-c"), "to: 'run-c': The two runs were asked different"),
        ((*BOTH, "--requests-per-month", "0"), "requests_per_month: 0: it is no such number."),
        (
            (*BOTH, "--requests-per-month", "1e9"),
            "Valid: whole numbers from 1 to 1,000,000,000,000",
        ),
        ((*BOTH, "--paid", "later"), "Valid: by-second, all-month"),
        ((*BOTH, "--utilisation", "2"), "Valid: above 0 and up to 1"),
        ((*BOTH, "--price-per-hour", "-1"), "price_per_hour"),
        ((*BOTH, "--json", "--html", "-"), "stdout has the JSON document"),
    ],
)
def test_what_is_wrong_names_the_flag(out: Out, arguments: tuple[str, ...], words: str) -> None:
    assert main(["report", *arguments]) == 2
    printed = out.readouterr()
    assert words in printed.err
    assert printed.out == ""
