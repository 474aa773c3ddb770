"""A run as one JSON document."""

import json
import math
from pathlib import Path

import pytest

from core.analysis.document import document
from core.errors import FailureKind
from core.results.history import History
from core.results.measured import Samples, Times
from tests.sample_rooflines import a_bounded_result
from tests.samples import DAWN, a_failure, a_result, a_spec

PROMISED = {
    "run_id", "status", "variant", "workload", "effective", "environment", "latency", "memory",
    "quality", "cost", "output", "trust",
}  # fmt: skip


def test_a_result_has_every_promised_part() -> None:
    made = document(a_result("run-1"), 0.1)
    assert set(made) >= PROMISED
    assert (made["run_id"], made["status"]) == ("run-1", "done")
    assert {"ttft_s", "tpot_s", "e2e_s", "e2e_low_s", "compile_s", "samples"} <= set(
        made["latency"]
    )
    assert made["memory"]["peak_bytes"] > made["memory"]["weights_bytes"]
    assert made["cost"]["usd_per_hour"] == 0.1
    json.dumps(made, allow_nan=False)


def test_infinity_and_nan_become_null() -> None:
    state = a_result().environment.before.model_copy(
        update={"power_w": math.inf, "clock_mhz": math.nan}
    )
    environment = a_result().environment.model_copy(update={"before": state})
    made = document(a_result(environment=environment), 0.1)
    assert made["environment"]["before"]["power_w"] is None
    json.dumps(made, allow_nan=False)


def test_a_cold_start_costs_loading_and_compiling() -> None:
    eager, compiled = (document(a_result(spec=a_spec(compile=c)), 3.6) for c in ("off", "whole"))
    assert eager["cost"]["usd_cold_start"] == pytest.approx(0.001 * 1.5)
    assert compiled["cost"]["usd_cold_start"] == pytest.approx(0.001 * (1.5 + 50))
    unknown = a_result(spec=a_spec(compile="whole"), times=Times(load_s=1.5))
    assert document(unknown, 3.6)["cost"]["usd_cold_start"] is None


def test_what_ran_otherwise_than_asked_is_listed() -> None:
    effective = a_result().effective.model_copy(update={"attention": "eager"})
    made = document(a_result(effective=effective), 0.1)
    assert made["effective"]["differences"] == ["Attention sdpa was asked, eager ran."]


def test_what_was_not_measured_is_null() -> None:
    made = document(a_result(samples=Samples(), quality=None), 0.1)
    assert made["quality"] is None
    assert made["latency"]["ttft_s"] is None
    assert made["cost"]["usd_per_run"] is None


def test_an_own_task_is_a_part_of_its_own() -> None:
    made = document(a_result(spec=a_spec(task="prompt,expected\na,b\nc,d")), 0.1)
    assert made["task"]["accuracy"] == 0.5
    assert [row["correct"] for row in made["task"]["answers"]] == [True, False]
    assert "task_accuracy" not in made["latency"]
    assert document(a_result(), 0.1)["task"] is None


def test_a_failure_keeps_the_same_keys_and_says_why() -> None:
    failure = a_failure(kind=FailureKind.OUT_OF_MEMORY, needed_bytes=9, free_bytes=5)
    made = document(failure, 0.1)
    assert set(made) >= PROMISED
    assert made["status"] == "out_of_memory"
    assert made["failure"]["needed_bytes"] == 9
    assert made["latency"] is None


def test_a_stored_run_has_its_tags_and_one_under_way_its_phase(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite3")
    history.add("run-1", a_spec(), DAWN)
    history.tag(["run-1"], ["demo"])
    stored = history.get("run-1")
    assert stored is not None
    made = document(stored, 0.1)
    assert (made["status"], tuple(made["tags"])) == ("queued", ("demo",))
    history.finish(a_result("run-1"))
    stored = history.get("run-1")
    assert stored is not None
    assert document(stored, 0.1)["latency"]["e2e_s"] == pytest.approx(2.0, rel=0.05)


def test_energy_and_economics_are_parts_of_their_own() -> None:
    eager = a_result("eager", a_spec(), e2e_s=2.0)
    compiled = a_result("compiled", a_spec(compile="whole"), e2e_s=1.0)
    made = document(compiled, 3.6, eager)
    assert made["energy"]["joules_per_token"] == pytest.approx(30.0 / 32)
    assert made["energy"]["mean_power_w"] == pytest.approx(30.0)
    assert "joules_per_token" not in made["latency"]
    assert made["latency"]["first_s"] == 52.0
    assert made["economics"]["break_even_requests"] == pytest.approx(50.0, rel=0.05)
    assert made["economics"]["uncompiled_run_id"] == "eager"


def test_without_a_counter_energy_is_null_and_the_reason_stands_beside_it() -> None:
    made = document(a_result(energy=None, energy_missing="no counter"), 0.1)
    assert (made["energy"], made["energy_missing"]) == (None, "no counter")


def test_the_roofline_has_its_words_numbers_and_ceilings() -> None:
    part = document(a_bounded_result(), 0.1)["roofline"]
    assert part["bound"] == "overhead-bound"
    assert part["why"].startswith("Overhead-bound: ")
    assert part["decode"]["mbu"] == part["mbu"] == pytest.approx(0.43, abs=0.02)
    assert part["prefill"]["least_s"] + part["decode"]["least_s"] == part["speed_of_light_s"]
    assert part["ceilings"]["bandwidth_bytes_per_s"] == 20e9
    assert part["model"]["matmul_parameters"] == 134_479_872
    unknown = document(a_result(), 0.1)["roofline"]
    assert unknown["why"].startswith("What bounds this run cannot be told")
    assert unknown["mbu"] is unknown["bound"] is unknown["ceilings"] is None
