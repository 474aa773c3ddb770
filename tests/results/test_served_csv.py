"""A served load as CSV."""

import csv
import io

import pytest

from core.results.csv.served import served_csv
from tests.sample_serving import a_served_load


def test_each_request_of_each_load_has_a_row() -> None:
    loads = [a_served_load("static", requests=12), a_served_load("continuous", requests=12)]
    rows = [*csv.DictReader(io.StringIO(served_csv(loads)))]
    assert [row["policy"] for row in rows] == ["static"] * 12 + ["continuous"] * 12
    one, row = loads[0].served[3], rows[3]
    assert int(row["request"]) == 3
    assert float(row["e2e_s"]) == pytest.approx(one.e2e_s)
    assert float(row["ended_s"]) - float(row["arrival_s"]) == pytest.approx(one.e2e_s)
    assert row["simulated"] == "true"


def test_what_is_unknown_is_an_empty_cell() -> None:
    load = a_served_load("continuous", requests=2, output_lengths="1")
    rows = [*csv.DictReader(io.StringIO(served_csv([load])))]
    assert {row["tpot_s"] for row in rows} == {""}
    assert {row["batch"] for row in rows} == {""}
