"""A run that a server generated: what is told of it, what is not, and what it is not priced as."""

from typing import Any

import pytest

from core.analysis.comparing.agreement import UNTOLD, agreement_of
from core.analysis.cost import cost_metrics, price_of_run
from core.analysis.document import document
from core.analysis.effective import effective_differences, settings
from core.analysis.why import why_line
from core.results.hardware import hardware_of
from core.results.identity import environment_words
from core.results.network import network_round_trip_s
from core.results.observed import DeviceState
from core.results.trust import trust_of
from core.results.types import Grade, RunResult
from tests.sample_endpoints import endpoint_facts
from tests.samples import a_result, a_run_environment


def served(**changes: Any) -> RunResult:
    machine = a_run_environment().model_copy(
        update={"device_name": "endpoint lab.example:8000 vllm 0.11.0"}
    )
    return a_result(endpoint=endpoint_facts(**changes), environment=machine)


def test_the_network_is_a_number_of_its_own_and_named_in_the_why_line() -> None:
    result = served()
    assert network_round_trip_s(result) == pytest.approx(0.002)
    line = why_line(result, None)
    assert "lab.example:8000 generated this" in line
    assert "TTFT of 100 ms holds one round trip of the network (2.00 ms by TCP handshakes)" in line


def test_another_model_or_another_length_is_told() -> None:
    result = served(served_models=("other",))
    asked = result.spec.variant.model
    assert effective_differences(result) == (
        f"Model {asked} was asked, and the server lists other.",
    )
    assert [row.name for row in settings(result) if row.differs] == ["server"]


def test_a_server_is_never_priced_as_this_machine() -> None:
    result = served()
    assert price_of_run(result, 8) is None
    assert [metric.read(result) for metric in cost_metrics(None)] == [None, None]
    told = document(result, None)
    assert told["cost"]["usd_per_run"] is told["economics"]["usd_first_request"] is None
    assert told["endpoint"]["host"] == "lab.example:8000"
    assert price_of_run(a_result(), 8) is not None
    assert document(result, 3.6)["cost"]["usd_per_run"] == pytest.approx(0.002)


def test_the_asking_machine_is_not_taken_for_the_servers() -> None:
    machine = served().environment
    assert str(hardware_of(machine, "cpu")) == machine.device_name
    assert environment_words(machine, "cpu", None) == machine.device_name
    here = a_result().environment
    assert hardware_of(machine, "cpu").id != hardware_of(here, "cpu").id


def test_texts_of_servers_are_not_compared_token_by_token() -> None:
    assert agreement_of(served(), served()) == UNTOLD


@pytest.mark.parametrize(
    ("changes", "grade", "told"),
    [
        ({}, Grade.B, "cannot be seen"),
        ({"cached_tokens": 30}, Grade.C, "had 75 % of the prompts from earlier requests"),
        ({"may_reuse": True}, Grade.B, "does not say whether it read each anew"),
        ({"is_spread": True, "pieces": 40}, Grade.B, "160 tokens came in 40 pieces"),
        (
            {"prompt_asked": 40, "prompt_read": (39, 41)},
            Grade.B,
            "asked, and the server read 39 to",
        ),
        (
            {"prompt_asked": 8, "prompt_read": (9,)},
            Grade.B,
            "tokens were asked, and the server read 9",
        ),
        ({"opened_while_timed": 2}, Grade.B, "2 connections had to be opened"),
    ],
)
def test_what_cannot_be_seen_of_a_server_lowers_the_grade(
    changes: dict[str, Any], grade: Grade, told: str
) -> None:
    result = a_result()
    facts = endpoint_facts(**changes)
    trust = trust_of(result.samples, result.effective, DeviceState(), facts)
    assert trust.grade == grade
    assert told in " ".join(trust.reasons)
