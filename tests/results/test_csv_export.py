"""CSV that reads back, and that no spreadsheet takes for a formula."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.analysis.cost import cost_metrics
from core.errors import FailureKind
from core.results.csv.export import to_csv
from core.results.history import History
from core.results.measured import Output
from core.results.metrics import METRICS
from tests.samples import a_failure, a_result, a_spec

COLUMNS = (*METRICS, *cost_metrics(0.1))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


def exported(history: History) -> list[dict[str, str]]:
    text = "".join(to_csv(history.in_parts(history.ids()), COLUMNS))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_numbers_are_in_full_and_the_unknown_is_empty(history: History) -> None:
    history.finish(a_result("run-1", quality=None))
    (row,) = exported(history)
    stored = history.rows()[0]
    assert float(row["e2e_s"]) == stored.metrics["e2e_s"]
    assert row["perplexity"] == row["failure_message"] == ""
    assert float(row["usd_per_run"]) == pytest.approx(0.1 * float(row["e2e_s"]) / 3600)
    assert row["precision"] == "fp32"
    assert row["quality"] == "true"


def test_a_failure_is_a_row_with_its_message(history: History) -> None:
    history.finish(a_failure("run-2", kind=FailureKind.LOST, message="The worker, it ended."))
    (row,) = exported(history)
    assert (row["status"], row["failure_message"]) == ("lost", "The worker, it ended.")
    assert row["e2e_s"] == ""


def test_a_run_that_is_not_over_is_a_row_too(history: History) -> None:
    history.add("run-1", a_spec(), datetime.now(UTC))
    (row,) = exported(history)
    assert (row["status"], row["finished_at"]) == ("queued", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_texts_that_look_like_formulas_are_disarmed(history: History, text: str) -> None:
    output = Output(text=text, token_ids=(1,), prompt_tokens=9, new_tokens=(1,))
    history.finish(a_result("run-1", a_spec(prompt=f"{text}x"), output=output))
    history.annotate("run-1", text)
    (row,) = exported(history)
    for column in ("prompt", "output_text", "note"):
        assert row[column].startswith("'")


def test_commas_quotes_and_lines_come_back_as_they_were(history: History) -> None:
    nasty = 'a "b", c\nd\r\ne;ü 🦊'
    history.finish(a_result("run-1", a_spec(prompt=nasty)))
    (row,) = exported(history)
    assert row["prompt"] == nasty


def test_an_empty_history_has_its_header() -> None:
    header = "".join(to_csv([], COLUMNS)).strip().split(",")
    assert header[0] == "run_id"
    assert {metric.key for metric in COLUMNS} <= set(header)
