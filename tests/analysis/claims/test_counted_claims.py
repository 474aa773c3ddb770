"""Claims about what can be counted: passes, tokens, bytes of a cache."""

import pytest

from core.analysis.claims import early_stop, output_cap, pass_per_token
from core.analysis.claims.claim import Measured
from core.analysis.claims.verdict import Verdict, VerdictKind
from core.results.types import RunResult
from tests.sample_claims import in_turns, specs_of, with_memory, with_passes
from tests.samples import a_result

HOLDS, IN_PART, FAILS, _, UNDECIDED = VerdictKind
END, LENGTH = "end of sequence", "length"


def stopped(alone: int, batch: int, tokens: tuple[int, int] = (8, 84), ended: str = END) -> Verdict:
    """So many passes alone and in the batch, whose rows have so many tokens, of 84 allowed."""
    specs = specs_of(early_stop.CLAIM)
    arms = {
        early_stop.ALONE: with_passes(
            a_result(spec=specs[early_stop.ALONE]), alone, tokens[:1], ended
        ),
        early_stop.BATCH: with_passes(a_result(spec=specs[early_stop.BATCH]), batch, tokens, ended),
    }
    return early_stop.CLAIM.verdict(Measured(arms))


def test_a_row_alone_pays_for_itself_and_in_a_batch_for_the_longest() -> None:
    verdict = stopped(alone=8, batch=84)
    assert [part.kind for part in verdict.parts[:2]] == [FAILS, HOLDS]
    assert verdict.kind is IN_PART
    assert "8 tokens and 8 passes of 84" in verdict.sentence
    assert verdict.trust is None


def test_all_passes_paid_alone_would_hold() -> None:
    assert stopped(alone=84, batch=84).kind is HOLDS
    assert stopped(alone=8, batch=8).kind is FAILS


@pytest.mark.parametrize(
    ("tokens", "ended"), [((84, 84), LENGTH), ((8, 20), END), ((8, 84), LENGTH)]
)
def test_what_did_not_stop_early_or_did_not_run_on_is_no_test(
    tokens: tuple[int, int], ended: str
) -> None:
    verdict = stopped(alone=84, batch=84, tokens=tokens, ended=ended)
    assert UNDECIDED in {part.kind for part in verdict.parts}
    assert verdict.kind is not FAILS


def counted(passes: int, tokens: int) -> Verdict:
    specs = specs_of(pass_per_token.CLAIM)
    arms = {
        label: with_passes(a_result(spec=spec), passes, (tokens,), LENGTH, prompt_tokens=30)
        for label, spec in specs.items()
    }
    return pass_per_token.CLAIM.verdict(Measured(arms))


def test_twenty_passes_are_one_per_token_and_not_about_fifty() -> None:
    verdict = counted(20, 20)
    assert verdict.kind is IN_PART
    assert "20 passes" in verdict.sentence
    counts = [part for part in verdict.parts if part.what.startswith("Forward passes")]
    assert [part.kind for part in counts] == [FAILS, FAILS]
    assert all(part.measured and part.measured.counted for part in counts)


def test_about_fifty_passes_would_be_told() -> None:
    verdict = counted(49, 20)
    assert [part.kind for part in verdict.parts[:2]] == [FAILS, HOLDS]


def capped(early: float, far_passes: int, fixed: float, kept: float, static: float) -> Verdict:
    """Far over near: times of the early end, passes, times without one, a static cache's bytes and
    its times; the answer ends after 8 tokens, under the near cap in as many passes.
    """

    def ends(labels: tuple[str, str], ratio: float) -> dict[str, RunResult]:
        arms = in_turns(output_cap.CLAIM, labels, 1 / ratio)
        return {label: with_passes(arm, 8, (8,), END) for label, arm in arms.items()}

    far, near = output_cap.FAR, output_cap.NEAR
    growing = ends((output_cap.early(far), output_cap.early(near)), early)
    label = output_cap.early(far)
    growing[label] = with_passes(growing[label], far_passes, (8,), END)
    whole = ends((output_cap.static(far), output_cap.static(near)), static)
    for name, size in ((output_cap.static(far), kept), (output_cap.static(near), 1.0)):
        whole[name] = with_memory(whole[name], kv_cache_bytes=int(size * 1000))
    labels = output_cap.fixed(output_cap.LONG), output_cap.fixed(output_cap.SHORT)
    cap_ends = in_turns(output_cap.CLAIM, labels, 1 / fixed)
    return output_cap.CLAIM.verdict(Measured({**growing, **whole, **cap_ends}))


def test_a_cap_saves_only_what_it_ends_or_allocates() -> None:
    verdict = capped(early=1.0, far_passes=8, fixed=4.0, kept=9.0, static=1.0)
    assert [part.kind for part in verdict.parts] == [FAILS, FAILS, HOLDS, HOLDS, FAILS]
    assert verdict.kind is IN_PART
    assert "8 passes under a cap of 256 and 8 under 16" in verdict.sentence


def test_a_cap_that_saved_everywhere_would_hold() -> None:
    assert capped(early=3, far_passes=24, fixed=4, kept=9, static=3).kind is HOLDS


def test_a_cap_that_saves_nowhere_fails() -> None:
    assert capped(early=1, far_passes=8, fixed=1, kept=1, static=1).kind is FAILS
