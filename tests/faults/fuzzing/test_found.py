"""Inputs that crashed the program once, each found by the fuzzer, refused in words since."""

import json
import sqlite3
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.analysis.deciding.asking.sentence import read_ask
from core.errors import HistoryError, RequestError
from core.home import endpoints_file
from core.jobs.protocol import EVENTS, Failed
from core.results import archive
from core.results.csv.cells import armed, disarmed
from core.results.history import History
from core.variants.catalogue import entries
from core.variants.endpoints import configured_endpoints
from core.variants.grid import parse_axes
from core.variants.shapes import shape_of_config
from pages.widgets.links.kinds import decimal, read, whole
from tests.sample_csv import Rows, changed, exported, imported
from tests.samples import a_failure, a_result, a_spec


@pytest.mark.parametrize("sentence", ["at most e100 tokens/s", "E5 ms per token", "at most $ GB"])
def test_an_exponent_without_a_number_is_no_limit(sentence: str) -> None:
    with pytest.raises(RequestError):
        read_ask(sentence)


def test_numbers_of_every_form_are_still_limits() -> None:
    for number in ("50", "50.5", ".5", "1,000", "5e1", "1.5e+2"):
        assert len(read_ask(f"at most {number} ms per token").constraints) == 1


def test_a_list_over_two_lines_is_refused_by_its_field() -> None:
    with pytest.raises(RequestError, match=r"precision: .*no list with commas"):
        parse_axes({"precision": "fp32\nbf16"})


@pytest.mark.parametrize("blank", ["\x1c", "\x1d", "\x1e", "\x1f", "\u2028", " "])
def test_blanks_of_every_kind_around_a_number_in_a_link_do_not_count(blank: str) -> None:
    assert read(decimal(), "rate_per_s", f"{blank}2.5{blank}") == 2.5
    assert read(whole(), "requests", f"{blank}25{blank}") == 25


@pytest.mark.parametrize(
    "change",
    [
        {"title": 10**30},
        {"created_at": "x"},
        {"kind": "?"},
        {"runs": [{"label": None}]},
        {"request": []},
    ],
    ids=str,
)
def test_an_experiment_of_other_types_is_refused_by_its_line(
    tmp_path: Path, change: dict[str, object]
) -> None:
    content = {
        "experiment_id": "e", "kind": "sweep", "title": "t", "created_at": "2026-03-01T09:00:00Z",
        "finished_at": None, "status": "done", "request": {}, "result": None, "runs": [],
    }  # fmt: skip
    history = History(tmp_path / "history.sqlite3")
    archive.read_into(history, [archive.line(archive.EXPERIMENT, content)])
    with pytest.raises(HistoryError, match="Line 1 "):
        archive.read_into(history, [archive.line(archive.EXPERIMENT, {**content, **change})])


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999"])
def test_an_archive_holds_finite_numbers_only(tmp_path: Path, number: str) -> None:
    outcome = a_result().model_dump_json().replace('"load_s":', f'"load_s":{number},"x":', 1)
    text = (
        f'{{"run":{{"status":"done","outcome":{outcome},"host_name":null,"tags":[],"note":""}}}}\n'
    )
    with pytest.raises(HistoryError, match=f"Line 1 .*{number}"):
        archive.read_into(History(tmp_path / "history.sqlite3"), [text])


def test_an_event_with_a_task_that_cannot_be_is_no_event() -> None:
    event = json.loads(Failed(failure=a_failure()).model_dump_json())
    event["failure"]["spec"]["workload"]["task"] = "\n"
    with pytest.raises(ValidationError, match="it is empty"):
        EVENTS.validate_json(json.dumps(event))


def test_a_stored_run_with_a_task_that_cannot_be_is_named_as_damaged(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    history = History(file)
    history.finish(a_result("run-1", a_spec(task="a text")))
    with sqlite3.connect(file) as connection:
        change = "UPDATE runs SET spec = replace(spec, 'a text', '')"
        assert connection.execute(change).rowcount == 1
    with pytest.raises(HistoryError, match="run-1 is stored, but damaged"):
        history.get("run-1")


@pytest.mark.parametrize("size", ["9" * 400, 10**400, float("inf"), 1e308, 0, -1, 0.5, True, [1]])
def test_a_model_whose_sizes_are_no_sizes_has_no_shape(size: object) -> None:
    for entry in entries().values():
        assert shape_of_config(entry.config) is not None
        for name, value in entry.config.items():
            if type(value) is int and name.startswith(("n_", "num_", "hidden_size", "vocab")):
                shape_of_config({**entry.config, name: size})
        heads = "n_head" if "n_head" in entry.config else "num_attention_heads"
        assert shape_of_config({**entry.config, heads: size}) is None


def test_files_that_are_nested_without_end_are_refused(tmp_path: Path, home: Path) -> None:
    home.mkdir(parents=True)
    endpoints_file().write_text(f"x = {'[' * 5000}")
    with pytest.raises(RequestError, match="cannot be read"):
        configured_endpoints()
    with pytest.raises(HistoryError, match="Line 1 "):
        archive.read_into(History(tmp_path / "history.sqlite3"), ["[" * 100_000])


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_moments_that_utc_does_not_have_are_refused_by_their_line(
    tmp_path: Path, moment: str
) -> None:
    source = History(tmp_path / "source.sqlite3")
    source.finish(a_result("run-1"))
    (line,) = archive.written(source)
    run = json.loads(line)["run"]
    run["outcome"]["submitted_at"] = moment
    history = History(tmp_path / "history.sqlite3")
    with pytest.raises(HistoryError, match="Line 1 "):
        archive.read_into(history, [archive.line(archive.RUN, run)])

    def move(rows: Rows) -> None:
        record = json.loads(armed(rows[0]["record_1"]))
        record["submitted_at"] = record["result"]["submitted_at"] = moment
        rows[0]["record_1"] = disarmed(json.dumps(record))

    report = imported(history, changed(exported(source), move))
    assert (report.imported, [row.line for row in report.bad]) == (0, [2])
