"""Mixes of hardware and software: what is said of them, and how one machine is chosen."""

from typing import Any

import pytest

from core.analysis.deciding.answer import name
from core.analysis.deciding.machines import machines, mixed_words
from core.analysis.deciding.scope import choices
from core.errors import RequestError
from core.results.candidate import Candidate
from tests.analysis.candidates import a_candidate

GPU = {"hardware_id": "g", "hardware": "NVIDIA H100, 80 GiB, 16 processors"}
LLAMA = {"engine": "llama.cpp"}


def mix(*changes: dict[str, Any]) -> list[Candidate]:
    """A candidate for each of these changes."""
    return [a_candidate(f"run-{i}", **each) for i, each in enumerate(changes)]


def test_runs_of_one_machine_need_no_words() -> None:
    assert mixed_words(mix({}, {}, {"levers": {"precision": "nf4"}})) == ()


def test_two_machines_are_said_with_how_many_runs_are_of_each() -> None:
    (words,) = mixed_words(mix({}, {**GPU}, {**GPU}))
    assert words.startswith("These runs are of 2 different machines or devices: ")
    assert "NVIDIA H100, 80 GiB, 16 processors (2 runs); Example CPU, 2 processors (1 run)" in words


def test_another_engines_packages_on_one_machine_are_no_mix() -> None:
    assert mixed_words(mix({}, {"environment_id": "its own", "levers": LLAMA})) == ()


def test_other_packages_of_one_engine_are_said_and_are_no_other_machine() -> None:
    (words,) = mixed_words(mix({}, {"environment_id": "newer"}))
    assert words.startswith("The same machine, and 2 different sets of packages")


def test_two_engines_each_with_two_sets_of_packages_count_as_two() -> None:
    four = mix(
        {},
        {"environment_id": "newer"},
        {"environment_id": "its own", "levers": LLAMA},
        {"environment_id": "its newer", "levers": LLAMA},
    )
    (words,) = mixed_words(four)
    assert "2 different sets" in words


def test_like_machines_of_several_hosts_are_named() -> None:
    (words,) = mixed_words(mix({"host": "node-b"}, {"host": "node-a"}, {}))
    assert "Example CPU, 2 processors on node-a, node-b" in words


def test_one_machine_can_be_chosen_and_then_nothing_is_mixed() -> None:
    runs = mix({}, {**GPU}, {**GPU, "levers": {"precision": "nf4"}})
    for wanted in ("g", "h100", " H100 "):
        found = choices(runs, lambda _: 1.0, machine=wanted)
        assert [run.run_id for run in found.candidates] == ["run-1", "run-2"]
        assert not any("machines" in note for note in found.notes)
        assert [machine.key for machine in found.machines] == ["g", "h"]


@pytest.mark.parametrize("wanted", ["A100", "", "processors"])
def test_a_machine_of_none_or_of_several_is_refused(wanted: str) -> None:
    with pytest.raises(RequestError) as caught:
        choices(mix({}, {**GPU}), lambda _: 1.0, machine=wanted)
    assert caught.value.field == "machine"
    assert len(caught.value.valid) == 2


def test_names_say_on_which_machine_only_where_several_are_mixed() -> None:
    mixed = choices(mix({}, {**GPU}), lambda _: 1.0).candidates
    assert [name(run) for run in mixed] == [
        "fp32 · sdpa · on Example CPU, 2 processors",
        "fp32 · sdpa · on NVIDIA H100, 80 GiB, 16 processors",
    ]
    alone = choices(mix({}), lambda _: 1.0).candidates
    assert [name(run) for run in alone] == ["fp32 · sdpa"]


def test_one_configuration_on_like_devices_stands_once() -> None:
    two = mix({"device": "cuda:1", **GPU}, {"device": "cuda:0", **GPU})
    assert [run.run_id for run in choices(two, lambda _: 1.0).candidates] == ["run-0"]


def test_machines_are_listed_by_their_runs() -> None:
    assert [(one.key, one.runs) for one in machines(mix({}, {**GPU}, {}))] == [("h", 2), ("g", 1)]
