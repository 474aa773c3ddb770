"""B against A: ratios with intervals, what the texts have in common, a verdict in a sentence."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from core.analysis.comparing.ab_words import Told, verdict_of
from core.analysis.comparing.agreement import Agreement, agreement_of
from core.analysis.comparing.ratios import in_turns, ratios_of
from core.results.hardware import Hardware, hardware_of
from core.results.identity import QUESTION, environment_id
from core.results.latency import output_repeats
from core.results.paired import Ratio, log_ratio, more_pairs, told_of
from core.results.types import RunResult, Stopped
from core.variants.pairing import PairPlan
from core.variants.spec import Workload

ASKED = ("batch_size", *sorted(QUESTION - {"task", "prompt", "prompt_tokens", "seed"}))


@dataclass(frozen=True)
class Comparison:
    """What can be said of B against A.

    `ratio` is B / A by a metric's key, where both have it and A's is not 0. `pairs` is None where
    the two were measured apart, and with it `stopped`. `told` says what the end-to-end interval
    excludes, None where it leaves it open; then `more_pairs` is how many pairs more would show the
    smallest effect that matters. `unlike` names the work that differs, B's against A's.
    `agreement` is the share of positions of the first row's output with the same token, and
    `differing` are the others; where the texts cannot be compared, `no_agreement` says why.
    """

    verdict: str
    ratio: dict[str, Ratio]
    pairs: int | None
    stopped: Stopped | None
    told: Stopped | None
    more_pairs: int | None
    unlike: tuple[str, ...]
    agreement: float | None
    no_agreement: str | None
    differing: tuple[int, ...]

    @property
    def first_difference(self) -> int | None:
        """The first position, from 0, where the outputs differ."""
        return self.differing[0] if self.differing else None


def judge(a: RunResult, b: RunResult) -> Comparison:
    """Compare two measured runs, pair by pair where they were measured in turns."""
    ratio, agreement = ratios_of(a, b), agreement_of(a, b)
    pairing = a.pairing if in_turns(a, b) else None
    smallest_effect = pairing.smallest_effect if pairing else PairPlan().smallest_effect
    told = Told(
        speed=_told(ratio.get("e2e_s"), smallest_effect),
        throughput=_told(ratio.get("output_tokens_per_s"), smallest_effect),
        smallest_effect=smallest_effect,
        more_pairs=_more_pairs(a, b),
        unlike=_unlike(a, b),
        in_turns=pairing is not None,
        same_environment=_environment(a) == _environment(b),
        same_hardware=_hardware(a) == _hardware(b),
    )
    known = agreement if isinstance(agreement, Agreement) else None
    return Comparison(
        verdict=verdict_of(ratio, agreement, told),
        ratio=ratio,
        pairs=pairing.pairs if pairing else None,
        stopped=pairing.stopped if pairing else None,
        told=told.speed,
        more_pairs=told.more_pairs,
        unlike=told.unlike,
        agreement=known.share if known else None,
        no_agreement=None if isinstance(agreement, Agreement) else agreement,
        differing=known.differing if known else (),
    )


def _told(ratio: Ratio | None, smallest_effect: float) -> Stopped | None:
    """What the interval excludes: differences that matter, or no difference; None for neither."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return None
    if 1 / (1 + smallest_effect) <= ratio.low and ratio.high <= 1 + smallest_effect:
        return Stopped.EQUIVALENT
    return Stopped.DECIDED if not ratio.low <= 1 <= ratio.high else None


def _more_pairs(a: RunResult, b: RunResult) -> int | None:
    """None where it is decided, and of runs that were measured apart."""
    if not in_turns(a, b) or a.pairing is None:
        return None
    found = log_ratio(a.samples.e2e_s, b.samples.e2e_s, a.pairing.error_rate)
    if told_of(found, a.pairing.smallest_effect):
        return None
    return more_pairs(found, a.pairing.smallest_effect)


def _unlike(a: RunResult, b: RunResult) -> tuple[str, ...]:
    """The work that differs, B's against A's: what was asked, or else what came of it."""
    asked, before = b.spec.workload, a.spec.workload
    found = list(_asked_unlike(asked, before))
    lengths = b.output.prompt_tokens, a.output.prompt_tokens
    tokens = _generated(b), _generated(a)
    if not found and lengths[0] != lengths[1]:
        found.append(f"{lengths[0]} prompt tokens against {lengths[1]}")
    if not found and not math.isclose(*tokens):
        found.append(f"{tokens[0]:g} generated tokens against {tokens[1]:g}")
    return tuple(found)


def _asked_unlike(asked: Workload, before: Workload) -> Iterator[str]:
    if (asked.prompt, asked.prompt_tokens) != (before.prompt, before.prompt_tokens):
        yield "another prompt"
    elif asked.prompt_tokens is not None and asked.seed != before.seed:
        yield f"seed {asked.seed} against {before.seed}"
    for field in ASKED:
        value, other = getattr(asked, field), getattr(before, field)
        if value != other:
            yield f"{field} {_plain(value)} against {_plain(other)}"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(repr, value)) or "none"
    return "none" if value is None else str(value)


def _generated(run: RunResult) -> float:
    """Tokens of all rows in one generation, the mean over the headline repeats."""
    tokens, _ = output_repeats(run)
    return sum(tokens) / len(tokens) if tokens else float(sum(run.output.new_tokens))


def _environment(run: RunResult) -> str:
    return environment_id(run.environment, run.spec.variant.device, run.effective.threads)


def _hardware(run: RunResult) -> Hardware:
    return hardware_of(run.environment, run.spec.variant.device)
