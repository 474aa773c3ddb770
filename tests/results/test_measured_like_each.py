"""Which of many specs were measured before, in one question."""

from core.results.history import History
from core.results.identity import present_environment_id
from tests.samples import a_failure, a_result, a_spec, an_environment

FP32, NF4, FAILED = a_spec(), a_spec(precision="nf4"), a_spec(batch_size=2)


def test_each_spec_has_its_newest_measured_run() -> None:
    history, here = History(), present_environment_id(an_environment(), "cpu")
    assert here is not None
    history.finish(a_result("old", FP32, minute=1))
    history.finish(a_result("new", FP32, minute=2))
    history.finish(a_result("four", NF4, minute=0))
    history.finish(a_failure("broken", FAILED))
    ids = [spec.id for spec in (FP32, NF4, FAILED)]
    found = history.measured_like_each(ids, here)
    assert found == {FP32.id: "new", NF4.id: "four"}
    assert history.measured_like_each(ids, "elsewhere") == {}
    assert history.measured_like_each([], here) == {}
    history.delete(["new"])
    assert history.measured_like_each(ids, here)[FP32.id] == "old"


def test_it_agrees_with_asking_one_by_one_for_thousands() -> None:
    history, here = History(), present_environment_id(an_environment(), "cpu")
    assert here is not None
    history.finish(a_result("new", FP32, minute=2))
    many = [f"{number:010x}" for number in range(40_000)]
    assert history.measured_like_each([*many, FP32.id], here) == {FP32.id: "new"}
    assert history.measured_like(FP32, here) == "new"
