"""Honest pairs for tests: two runs as they come from being measured in turns."""

from typing import Any

from core.results.measured import Output
from core.results.types import Pairing, RunResult, Stopped
from core.variants.pairing import Side
from core.variants.spec import RunSpec
from tests.samples import SCATTER, a_result, a_spec, samples_of

WORDS = (" a", " lazy", " dog", "\n", " <b>", " _sat_", " $x$", " end")


def a_pair(
    a: RunSpec | None = None,
    b: RunSpec | None = None,
    *,
    ratio: float = 0.8,
    pairs: int = 20,
    stopped: Stopped = Stopped.DECIDED,
    **changes: Any,
) -> tuple[RunResult, RunResult]:
    """A and B, whose times are `ratio` times A's, with 1 % of scatter from pair to pair. B's text
    differs from A's at the third token.
    """
    specs = {Side.A: a or a_spec(), Side.B: b or a_spec(precision="bf16")}
    ids = {Side.A: "pair-a", Side.B: "pair-b"}
    seconds = {Side.A: 2.0, Side.B: 2.0 * ratio}
    results = []
    for side, partner in ((Side.A, Side.B), (Side.B, Side.A)):
        pairing = Pairing(
            partner_id=ids[partner], side=side, pairs=pairs, stopped=stopped, error_rate=0.02,
            most_pairs=60, smallest_effect=0.03,
        )  # fmt: skip
        spec = specs[side]
        parts = {
            "samples": _samples(spec, seconds[side], pairs, shift=0 if side is Side.A else 2),
            "output": _output(spec, changed=side is Side.B),
            "pairing": pairing,
        }
        results.append(a_result(ids[side], spec, **{**parts, **changes}))
    return results[0], results[1]


def _samples(spec: RunSpec, e2e_s: float, pairs: int, shift: int) -> Any:
    usual = samples_of(spec, e2e_s)
    factors = [SCATTER[(i * (shift + 1) + shift) % len(SCATTER)] for i in range(pairs)]
    return usual.model_copy(update={"e2e_s": tuple(e2e_s * factor for factor in factors)})


def _output(spec: RunSpec, *, changed: bool) -> Output:
    """As many tokens as the spec asks for, the third another one where it is changed."""
    count = spec.workload.max_new_tokens
    texts = [WORDS[i % len(WORDS)] for i in range(count)]
    ids = [i % len(WORDS) for i in range(count)]
    if changed and count > 2:
        texts[2], ids[2] = " cat<img src=x onerror=alert(1)>", 99
    return Output(
        text="".join(texts),
        token_ids=tuple(ids),
        token_texts=tuple(texts),
        prompt_tokens=9,
        prompt_lengths=(9,) * spec.workload.batch_size,
        new_tokens=(count,) * spec.workload.batch_size,
    )
