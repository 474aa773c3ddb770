"""Only what is certain is skipped: more memory than did not fit, and worse than light allows."""

import pytest

from core.analysis.deciding.asking.words import KNOWN
from core.errors import FailureKind
from core.experiments.sweeps.beyond_doubt import BeyondDoubt, needs_more
from core.experiments.sweeps.least import least_of
from core.results.candidate import Candidate
from core.results.identity import question_id
from core.results.metrics import BY_KEY
from core.results.types import Grade, RunResult
from core.variants.spec import RunSpec
from tests.sample_rooflines import a_bounded_result, at_utilisation
from tests.samples import a_failure, a_spec

KEYS = ("tpot_s", "peak_bytes")
OBJECTIVES = tuple(KNOWN[key] for key in KEYS)


def light(result: RunResult) -> Candidate:
    """The light form of a measured run."""
    return Candidate(
        run_id=result.run_id,
        spec_id=result.spec.id,
        question_id=question_id(result.spec),
        environment_id="here",
        device="cpu",
        device_name="a CPU",
        hardware_id="h",
        hardware="Example CPU, 2 processors",
        host="",
        trust=Grade.A,
        levers={},
        values={key: BY_KEY[key].read(result) for key in KEYS},
    )


def after(*results: RunResult, keys: tuple[str, ...] = KEYS) -> BeyondDoubt:
    """What is known once these cells are measured."""
    doubt = BeyondDoubt([KNOWN[key] for key in keys])
    for result in results:
        doubt.learn(result, light(result))
    return doubt


def test_more_than_what_ran_out_of_memory_is_skipped_with_the_reason() -> None:
    doubt = BeyondDoubt(OBJECTIVES)
    small = a_spec(batch_size=8, max_new_tokens=16)
    doubt.learn_failure(a_failure("r", small, kind=FailureKind.OUT_OF_MEMORY))
    reason = doubt.reason(a_spec(batch_size=16, max_new_tokens=16))
    assert reason is not None
    assert "run out of memory" in reason
    assert "batch 8" in reason
    assert doubt.reason(a_spec(batch_size=4, max_new_tokens=16)) is None
    assert doubt.reason(a_spec(batch_size=16, max_new_tokens=8)) is None


def test_any_other_failure_says_nothing_of_larger_cells() -> None:
    doubt = BeyondDoubt(OBJECTIVES)
    doubt.learn_failure(a_failure("r", a_spec(), kind=FailureKind.ERROR))
    assert doubt.reason(a_spec(batch_size=16)) is None


@pytest.mark.parametrize(
    "other", [{"precision": "nf4"}, {"kv_cache": "off"}, {"attention": "eager"}]
)
def test_another_lever_is_not_more_of_the_same(other: dict[str, object]) -> None:
    assert needs_more(a_spec(batch_size=16), a_spec(batch_size=8))
    assert not needs_more(a_spec(batch_size=16, **other), a_spec(batch_size=8))


def test_a_cell_that_light_itself_holds_back_is_dominated() -> None:
    fast = at_utilisation(0.9, a_spec(), run_id="fast")
    reason = after(fast).reason(a_spec(batch_size=256))
    assert reason is not None
    assert reason.startswith("dominated by fast (TPOT is at best")


def test_a_cell_that_might_be_as_good_is_measured() -> None:
    slow = at_utilisation(0.2, a_spec(), run_id="slow")
    assert after(slow).reason(a_spec(batch_size=16)) is None


def test_its_memory_alone_does_not_condemn_it() -> None:
    """At batch 2 each step reads the same weights: light allows the same time per token."""
    fast = at_utilisation(0.9, a_spec(), run_id="fast")
    assert after(fast).reason(a_spec(batch_size=2)) is None


def test_another_question_is_no_rival() -> None:
    fast = at_utilisation(0.9, a_spec(), run_id="fast")
    assert after(fast).reason(a_spec(batch_size=256, max_new_tokens=64)) is None


def test_an_objective_without_a_bound_saves_the_cell() -> None:
    fast = at_utilisation(0.9, a_spec(), run_id="fast")
    keys = (*KEYS, "load_s")
    assert after(fast, keys=keys).reason(a_spec(batch_size=256)) is None


def test_a_variant_that_was_not_measured_has_no_bound() -> None:
    fast = at_utilisation(0.9, a_spec(), run_id="fast")
    assert after(fast).reason(a_spec(precision="nf4", batch_size=256)) is None


@pytest.mark.parametrize(
    "spec",
    [
        a_spec(stop="natural"),
        a_spec(decoding="prompt_lookup"),
        a_spec(max_length=40),
        a_spec(batch_size=4, shortest_prompt_tokens=2),
    ],
)
def test_there_is_no_bound_where_the_passes_are_not_foreseen(spec: RunSpec) -> None:
    assert least_of(spec, at_utilisation(0.9, a_spec())) is None


def test_there_is_no_bound_without_ceilings_or_beyond_them() -> None:
    assert least_of(a_spec(), a_bounded_result(ceilings=None)) is None
    assert least_of(a_spec(), at_utilisation(1.3, a_spec())) is None


@pytest.mark.parametrize(
    "values", [{}, {"batch_size": 16}, {"kv_cache": "off"}, {"kv_cache": "static"}]
)
def test_no_measured_run_is_below_its_own_least(values: dict[str, object]) -> None:
    spec = a_spec(**values)
    result = at_utilisation(0.3, spec)
    least = least_of(spec, result)
    assert least is not None
    peak = result.memory.peak_bytes
    assert peak is not None
    assert least.bytes <= peak
    tpot_s = BY_KEY["tpot_s"].read(result)
    assert tpot_s is not None
    assert least.decode_s / (spec.workload.max_new_tokens - 1) <= tpot_s * 1.01
