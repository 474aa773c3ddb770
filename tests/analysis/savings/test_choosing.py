"""Which run is proposed beside a baseline: the cheapest that is trusted and was asked the same."""

from typing import Any

import pytest

from core.analysis.savings.choosing import options_for
from core.results.history import History
from core.results.types import Grade, Trust
from tests.sample_machines import a_run_environment
from tests.samples import a_result, a_spec

TODAY = a_result("run-today", a_spec(), e2e_s=2.0)
LOW = Trust(grade=Grade.C, reasons=("Only 3 repeats.",))


def filled(history: History, *runs: tuple[str, dict[str, Any], float, dict[str, Any]]) -> None:
    history.finish(TODAY)
    for minute, (run_id, values, e2e_s, changes) in enumerate(runs, start=1):
        history.finish(a_result(run_id, a_spec(**values), e2e_s=e2e_s, minute=minute, **changes))


def test_the_cheapest_per_request_is_proposed_and_why() -> None:
    history = History()
    filled(
        history,
        ("run-nf4", {"precision": "nf4"}, 1.5, {}),
        ("run-batch", {"batch_size": 8}, 4.0, {}),
        ("run-low", {"precision": "fp16"}, 0.1, {"trust": LOW}),
        ("run-again", {}, 1.0, {}),
        ("run-short", {"max_new_tokens": 4}, 0.1, {}),
        ("run-there", {"precision": "bf16"}, 0.1, {
            "environment": a_run_environment().model_copy(update={"cpu_count": 64})}),
    )  # fmt: skip
    found = options_for(history, TODAY)
    assert [option.candidate.run_id for option in found.options] == [
        "run-low", "run-batch", "run-nf4"
    ]  # fmt: skip
    assert found.proposed == "run-batch"
    assert "cheapest of 2" in found.why
    assert found.options[1].request_s == pytest.approx(0.5)


def test_without_a_trusted_one_it_is_said() -> None:
    history = History()
    filled(history, ("run-low", {"precision": "fp16"}, 0.1, {"trust": LOW}))
    found = options_for(history, TODAY)
    assert found.proposed == "run-low"
    assert "None of grade A or B" in found.why


def test_without_any_other_nothing_is_proposed() -> None:
    history = History()
    filled(history)
    assert options_for(history, TODAY).proposed is None
