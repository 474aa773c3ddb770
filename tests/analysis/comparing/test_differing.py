"""In what runs differ: only that, from what was asked, what ran and the machine."""

from typing import Any

import pytest

from core.analysis.comparing.differing import (
    Origin,
    asked_differently,
    differing_settings,
    distinct_names,
    doubts,
    warnings,
)
from core.results.types import Grade, RunResult, Trust
from tests.sample_machines import a_run_environment
from tests.samples import a_result, a_spec, effective_of


def on_machine(run_id: str, **changes: Any) -> RunResult:
    """A run measured on a machine that differs in this."""
    return a_result(run_id, environment=a_run_environment().model_copy(update=changes))


def names(results: list[RunResult], origin: Origin) -> list[str]:
    return [row.key for row in differing_settings(results) if row.origin is origin]


def test_equal_runs_differ_in_nothing() -> None:
    runs = [a_result("one"), a_result("two", minute=9)]
    assert differing_settings(runs) == ()
    assert warnings(runs) == ()


def test_only_what_was_asked_otherwise_is_told() -> None:
    runs = [a_result("one"), a_result("two", a_spec(precision="bf16", batch_size=4))]
    rows = {row.key: row for row in differing_settings(runs)}
    assert rows["precision"].values == ("fp32", "bf16")
    assert rows["batch_size"].values == ("1", "4")
    assert rows["batch_size"].name == "batch size"
    assert "attention" not in rows
    assert names(runs, Origin.RAN) == []


def test_what_ran_otherwise_than_it_was_asked_is_told() -> None:
    spec = a_spec()
    other = effective_of(spec).model_copy(update={"attention": "eager"})
    runs = [a_result("one", spec), a_result("two", spec, effective=other)]
    assert names(runs, Origin.RAN) == ["attention"]
    assert doubts(runs[1]) == ("Attention sdpa was asked, eager ran.",)


def test_another_number_of_threads_is_told_although_nobody_asked() -> None:
    spec = a_spec()
    other = effective_of(spec).model_copy(update={"threads": 1})
    runs = [a_result("one", spec), a_result("two", spec, effective=other)]
    (row,) = differing_settings(runs)
    assert (row.origin, row.name, row.values) == (Origin.RAN, "threads", ("2", "1"))


def test_another_machine_is_said_loudly_and_first() -> None:
    runs = [
        a_result("one", a_spec(prompt="a")),
        on_machine("two", device_name="Another CPU", packages={"torch": "1.0"}),
    ]
    said = warnings(runs)
    assert said[0].startswith("Measured on different machines (device)")
    assert said[1].startswith("Measured with different software")
    assert "torch" in said[1]
    assert said[2].startswith("Not the same question (prompt)")


@pytest.mark.parametrize("package", ["streamlit", "plotly"])
def test_what_only_draws_is_told_but_no_warning(package: str) -> None:
    packages = {**a_run_environment().packages, package: "0.1"}
    runs = [a_result("one"), on_machine("two", packages=packages)]
    assert names(runs, Origin.MACHINE) == [package]
    assert warnings(runs) == ()


def test_a_batch_size_is_a_lever_and_a_length_another_question() -> None:
    assert warnings([a_result("one"), a_result("two", a_spec(batch_size=4))]) == ()
    (said,) = warnings([a_result("one"), a_result("two", a_spec(max_new_tokens=4))])
    assert said.startswith("Not the same question (max new tokens)")


def test_a_seed_matters_only_where_it_draws_the_prompt() -> None:
    texts = [a_spec(seed=1), a_spec(seed=2)]
    drawn = [a_spec(seed=seed, prompt_tokens=9) for seed in (1, 2)]
    assert [*asked_differently(texts)] == []
    assert [row.key for row in asked_differently(drawn)] == ["seed"]


def test_long_texts_are_shown_from_where_they_differ() -> None:
    alike = "the same words " * 20
    runs = [a_result("a", a_spec(prompt=alike + "cat")), a_result("b", a_spec(prompt=alike))]
    (row,) = [row for row in differing_settings(runs) if row.key == "prompt"]
    assert row.values[0].endswith("cat (303 characters)")
    assert row.values[1].startswith("…")
    assert row.values[0] != row.values[1]


def test_names_are_short_and_never_the_same() -> None:
    specs = [a_spec(), a_spec(), a_spec(precision="nf4"), a_spec(batch_size=4)]
    assert distinct_names(specs) == ("1 fp32", "2 fp32", "3 nf4", "4 fp32 · batch 4")
    assert distinct_names([a_spec(), a_spec()]) == ("1 fp32", "2 fp32")


def test_reasons_for_doubt_stand_beside_a_grade() -> None:
    trust = Trust(grade=Grade.C, reasons=("Only 2 repeats.",))
    assert doubts(a_result(trust=trust)) == ("Only 2 repeats.",)
