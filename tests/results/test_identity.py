"""Which runs asked the same, and which ran in the same environment, present and stored."""

import pytest

from core.results.identity import (
    environment_id,
    environment_words,
    levers_of,
    present_environment_id,
    question_id,
)
from core.variants.environment import Environment, read_environment
from tests.sample_machines import a_cpu, a_gpu, a_run_environment, an_environment
from tests.samples import a_spec

TASK = "prompt,expected\nThe sky is,blue\n"


@pytest.mark.parametrize(
    "values",
    [
        {"precision": "nf4"},
        {"batch_size": 8},
        {"attention": "eager"},
        {"kv_cache": "off"},
        {"decoding": "prompt_lookup"},
        {"repeats": 9, "warmup": 0, "quality": False},
        {"seed": 7},  # of a text, which no seed makes
    ],
)
def test_levers_and_the_way_of_measuring_leave_the_question(values: dict[str, object]) -> None:
    assert question_id(a_spec(**values)) == question_id(a_spec())


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": "Once upon a time"},
        {"prompt_tokens": 9},
        {"prompt_tokens": 9, "seed": 7},
        {"max_new_tokens": 8},
        {"stop": "natural"},
        {"max_length": 30},
        {"task": TASK},
        {"no_repeat_ngram_size": 2},
    ],
)
def test_what_is_asked_makes_another_question(values: dict[str, object]) -> None:
    others = {question_id(a_spec()), question_id(a_spec(prompt_tokens=9, seed=1))}
    assert question_id(a_spec(**values)) not in others


def test_levers_are_what_configurations_differ_by() -> None:
    levers = levers_of(a_spec(precision="nf4", batch_size=4, prompt="Once", repeats=9))
    assert levers["precision"] == "nf4"
    assert levers["batch_size"] == 4
    assert not {"prompt", "max_new_tokens", "repeats", "device", "seed"} & set(levers)


def stored(**changes: object) -> str:
    return environment_id(a_run_environment().model_copy(update=changes), "cpu", 2)


def present(**changes: object) -> str | None:
    return present_environment_id(an_environment().model_copy(update=changes), "cpu")


def test_a_stored_run_has_the_id_that_the_present_machine_has() -> None:
    assert stored() == present()
    assert stored(commit="another", worker_replaced="memory did not come back") == present()


def test_packages_that_only_draw_do_not_count() -> None:
    packages = {**an_environment().packages, "streamlit": "9.9"}
    assert present(packages=packages) == present()


@pytest.mark.parametrize(
    "changes",
    [
        {"packages": {"torch": "2.11.0"}},
        {"cpu_count": 4},
        {"platform": "Linux-6.2-x86_64"},
        {"python": "3.12.1"},
        {"thread_settings": {"OMP_NUM_THREADS": "1"}},
    ],
)
def test_what_may_change_the_speed_is_another_environment(changes: dict[str, object]) -> None:
    assert present(**changes) != present()
    assert stored(**changes) != stored()


def test_runs_whose_thread_settings_are_unknown_match_no_present_environment() -> None:
    unknown = stored(thread_settings=None)
    assert unknown not in {present(), present(thread_settings={"OMP_NUM_THREADS": "2"})}
    ran_on = a_run_environment().model_copy(update={"thread_settings": None})
    assert environment_id(ran_on, "cpu", 1) != unknown


def test_a_gpu_is_known_by_its_name_and_driver_and_not_by_the_hosts_threads() -> None:
    machine = an_environment(a_cpu(), a_gpu())
    gpu = a_gpu()
    ran_on = a_run_environment().model_copy(
        update={"device_name": gpu.name, "driver": gpu.driver, "thread_settings": {"A": "1"}}
    )
    assert environment_id(ran_on, "cuda:0", None) == present_environment_id(machine, "cuda:0")
    newer = ran_on.model_copy(update={"driver": "560.1"})
    assert environment_id(newer, "cuda:0", None) != environment_id(ran_on, "cuda:0", None)


def test_a_device_that_is_not_here_has_no_environment() -> None:
    assert present_environment_id(an_environment(), "cuda:0") is None


def test_this_machine_tells_its_thread_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    one: Environment = read_environment()
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert one.thread_settings["OMP_NUM_THREADS"] == "1"
    assert "OMP_NUM_THREADS" not in read_environment().thread_settings


def test_an_environment_in_words_names_what_differs() -> None:
    ran_on = a_run_environment().model_copy(update={"thread_settings": {"OMP_NUM_THREADS": "1"}})
    words = environment_words(ran_on, "cpu", 1)
    assert words == "Example CPU @ 2.00GHz, 1 thread, OMP_NUM_THREADS=1, torch 2.13.0"
