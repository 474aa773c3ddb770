"""`compare`: two sets of flags, stored runs, or one of each; what is wrong names its side."""

import json
from typing import Any

import pytest

from core.__main__ import main
from core.errors import FailureKind
from core.jobs import manager
from core.results.history import History
from core.results.measured import Phase
from tests.fake_executor import FakeExecutor
from tests.sample_pairs import a_pair
from tests.samples import a_failure, a_result, a_spec

Out = pytest.CaptureFixture[str]


def compared(out: Out, *arguments: str) -> Any:
    assert main(["compare", *arguments, "--json"]) == 0
    return json.loads(out.readouterr().out)


def test_two_sets_of_flags_are_measured_in_turns_and_stored(
    out: Out, executor: FakeExecutor
) -> None:
    found = compared(out, "--a", "--precision fp32", "--b", "--precision nf4 --prompt 'Once upon'")
    assert set(found) >= {"verdict", "ratio", "pairs", "a", "b"}
    assert [found[side]["status"] for side in "ab"] == ["done", "done"]
    assert found["b"]["variant"]["precision"] == "nf4"
    assert found["b"]["workload"]["prompt"] == "Once upon"
    assert set(found["ratio"]["e2e_s"]) == {"value", "low", "high"}
    assert found["pairs"] == len(found["a"]["latency"]["samples"]["e2e_s"])
    assert found["unlike"] == ["another prompt"]
    assert {row.run_id for row in History().rows()} == {found[side]["run_id"] for side in "ab"}
    assert len(executor.started) == 1


def test_the_same_flags_on_both_sides_show_no_difference(out: Out) -> None:
    found = compared(out, "--a", "", "--b", "")
    assert found["verdict"].startswith("No difference")
    assert found["agreement"] == 1.0
    assert found["a"]["run_id"] != found["b"]["run_id"]
    assert found["a"]["spec_id"] == found["b"]["spec_id"]


def test_a_single_flag_is_a_sides_and_not_the_commands(out: Out) -> None:
    found = compared(out, "--a", "--no-quality", "--b", "--precision=nf4")
    assert found["a"]["workload"]["quality"] is False
    assert found["b"]["variant"]["precision"] == "nf4"


def test_for_a_person_there_is_the_verdict_a_table_and_both_texts(out: Out) -> None:
    assert main(["compare", "--a", "", "--b", "--precision nf4"]) == 0
    printed = out.readouterr()
    assert "less memory" in printed.out
    assert "B / A" in printed.out
    assert "exact" in printed.out
    assert "\nA:  dog" in printed.out
    assert "\nB:  dog" in printed.out


def test_the_plan_is_taken_from_its_flags(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    submit = manager.JobManager.submit_pair

    def noticing(jobs: Any, a: Any, b: Any, plan: Any) -> Any:
        seen.append(plan)
        return submit(jobs, a, b, plan)

    monkeypatch.setattr(manager.JobManager, "submit_pair", noticing)
    compared(out, "--a", "", "--b", "", "--most-pairs", "8", "--smallest-effect", "0.2")
    assert (seen[0].most_pairs, seen[0].smallest_effect) == (8, 0.2)


def test_two_stored_runs_are_compared_without_measuring(out: Out, executor: FakeExecutor) -> None:
    for run in a_pair(("run-a", "run-b"), b_over_a=1.3):
        History().finish(run)
    found = compared(out, "--a", "run-a", "--b", "run-b")
    assert (found["pairs"], executor.started) == (10, [])
    assert found["a"]["run_id"] == "run-a"
    turned = compared(out, "--a", "run-b", "--b", "run-a")
    assert turned["ratio"]["e2e_s"]["value"] == pytest.approx(1 / found["ratio"]["e2e_s"]["value"])


def test_two_stored_runs_that_were_measured_apart_say_so(out: Out) -> None:
    History().finish(a_result("run-a"))
    History().finish(a_result("run-b", e2e_s=4.0, minute=1))
    found = compared(out, "--a", "run-a", "--b", "run-b")
    assert found["pairs"] is None
    assert "measured apart" in found["verdict"]


def test_again_measures_stored_runs_anew_and_a_stored_one_beside_flags(
    out: Out, executor: FakeExecutor
) -> None:
    History().finish(a_result("run-a", a_spec(precision="nf4", max_new_tokens=9)))
    History().finish(a_failure("run-b", a_spec(max_new_tokens=9)))
    again = compared(out, "--a", "run-a", "--b", "run-b", "--again")
    assert again["a"]["variant"]["precision"] == "nf4"
    assert again["a"]["run_id"] != "run-a"
    mixed = compared(out, "--a", "run-a", "--b", "--batch-size 2")
    assert mixed["a"]["spec_id"] == a_spec(precision="nf4", max_new_tokens=9).id
    assert mixed["b"]["workload"]["batch_size"] == 2
    assert len(executor.started) == 2


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("", "--precision fp9", ["b.precision", "fp9", "nf4"]),
        ("--batch-size 0", "", ["a.batch_size", "from 1 to 4096"]),
        ("--batch-size", "", ["a.batch_size", "expected one argument", "from 1 to 4096"]),
        ("--colour red", "", ["a.--colour", "red", "--precision"]),
        ("", "--attention flash_attention_2", ["b.attention", "NVIDIA GPU"]),
        ("", "--prompt 'open", ["b.flags", "No closing quotation"]),
        ("", "--device cuda:7", ["b.device", "cuda:7"]),
        ("", "--model gpt-17", ["b.model", "gpt-17", "smollm2-135m"]),
        ("run-9", "", ["a: 'run-9'", "no such run", "run-1"]),
        ("run-1", "run-2", ["b: 'run-2'", "no result", "--again"]),
    ],
)
def test_what_is_wrong_within_a_side_names_side_and_field(
    a: str, b: str, words: list[str], out: Out, executor: FakeExecutor
) -> None:
    History().finish(a_result("run-1"))
    History().finish(a_failure("run-2"))
    assert main(["compare", "--a", a, "--b", b, "--json"]) == 2
    printed = out.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    for word in words:
        assert word in printed.err
    assert executor.started == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--most-pairs", "3"], ["most_pairs", "'3'", "from 6 to 1000"]),
        (["--smallest-effect", "0"], ["smallest_effect", "from 0.001"]),
        (["--price-per-hour", "-3"], ["price_per_hour"]),
        (["--pairs", "3"], ["--pairs", "--most-pairs"]),
    ],
)
def test_a_wrong_plan_exits_2(flags: list[str], words: list[str], out: Out) -> None:
    assert main(["compare", "--a", "", "--b", "", *flags]) == 2
    said = out.readouterr().err
    for word in words:
        assert word in said


def test_a_side_is_needed(out: Out) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["compare", "--a", ""])
    assert caught.value.code == 2
    assert "--b" in out.readouterr().err


def test_a_failed_pair_exits_1_and_still_prints_its_document(
    out: Out, executor: FakeExecutor
) -> None:
    executor.fail_with = FailureKind.OUT_OF_MEMORY
    assert main(["compare", "--a", "", "--b", "", "--json"]) == 1
    printed = out.readouterr()
    document = json.loads(printed.out)
    assert (document["verdict"], document["ratio"]) == (None, {})
    assert [document[side]["status"] for side in "ab"] == ["out_of_memory"] * 2
    assert "out_of_memory" in printed.err


def test_a_pair_that_the_engine_refuses_exits_2(out: Out, executor: FakeExecutor) -> None:
    executor.fail_with, executor.field_at_fault = FailureKind.UNSUPPORTED, "prompt"
    assert main(["compare", "--a", "", "--b", ""]) == 2
    assert "prompt: " in out.readouterr().err


def test_an_interrupt_cancels_both_and_exits_130(
    out: Out, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor.hold = Phase.MEASURING

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(manager.JobManager, "wait", interrupt)
    assert main(["compare", "--a", "", "--b", ""]) == 130
    assert [row.status for row in History().rows()] == ["cancelled", "cancelled"]
    assert "Traceback" not in out.readouterr().err
