"""Whether a saving may be told of two runs at all, and what must be said beside one."""

from collections.abc import Iterable, Iterator, Sequence

from core.analysis.comparing.differing import (
    HARDWARE,
    MODEL,
    Origin,
    SettingRow,
    differing_settings,
    doubts,
    warnings,
)
from core.results.format import show, significant
from core.results.identity import QUESTION
from core.results.latency import latency_of, output_repeats, prompt_tokens
from core.results.types import Grade, RunResult
from core.variants.models import BUNDLED_KEY
from core.variants.weights import Weights

SAME_LENGTH = 0.01  # tokens per request that differ by less are the same work
NOT_ASKED_OF_TIME = frozenset({"task"})


def refusals(today: RunResult, then: RunResult) -> tuple[str, ...]:
    """Why the two cannot be set against each other, the gravest first; none where they can."""
    rows = differing_settings([today, then])
    return tuple(filter(None, (_question(rows), _model(rows), _machine(rows))))


def cautions(today: RunResult, then: RunResult | None) -> tuple[str, ...]:
    """What lowers trust in a saving, or in one run's cost: to be seen beside the number."""
    runs = {"Today's": today, **({"The other": then} if then else {})}
    return (*_grades(runs), *_random(runs.values()), *_unlike(today, then))


def _question(rows: Sequence[SettingRow]) -> str:
    asked = QUESTION - NOT_ASKED_OF_TIME
    return _refusal(
        [row for row in rows if row.origin is Origin.ASKED and row.key in asked],
        "The two runs were asked different things",
        "so their times are of other work",
    )


def _model(rows: Sequence[SettingRow]) -> str:
    return _refusal(
        [row for row in rows if row.origin is Origin.ASKED and row.key in MODEL],
        "The two runs are not of the same model",
        "so what one would save over the other is no saving for the same answers",
    )


def _machine(rows: Sequence[SettingRow]) -> str:
    return _refusal(
        [row for row in rows if row.origin is Origin.MACHINE and row.key in HARDWARE],
        "The two runs were measured on different machines",
        "so a difference may be the machine's",
    )


def _refusal(rows: Sequence[SettingRow], what: str, why: str) -> str:
    if not rows:
        return ""
    told = ", ".join(f"{row.name}: {row.values[0]} against {row.values[1]}" for row in rows)
    return f"{what} ({told}), {why}."


def _grades(runs: dict[str, RunResult]) -> Iterator[str]:
    for whose, run in runs.items():
        reasons = doubts(run)
        if run.trust.grade is not Grade.A or reasons:
            yield f"{whose} run has trust grade {run.trust.grade}: {' '.join(reasons)}".strip()


def _random(runs: Iterable[RunResult]) -> Iterator[str]:
    if any(run.spec.variant.weights is Weights.RANDOM for run in runs):
        yield (
            "Random weights: times and memory are the model's own, its texts mean nothing, and its "
            "quality is not known."
        )


def _unlike(today: RunResult, then: RunResult | None) -> Iterator[str]:
    if then is None:
        return
    yield from _waiting(today, then)
    yield from warnings([today, then])
    yield from _lengths(today, then)


def _waiting(today: RunResult, then: RunResult) -> Iterator[str]:
    """That each request of a larger batch takes longer, however many are served together."""
    rows = [run.spec.workload.batch_size for run in (today, then)]
    before, after = latency_of(today).e2e_s, latency_of(then).e2e_s
    if before and after and rows[1] > rows[0] and after > before:
        yield (
            f"Each answer takes {show(after, 's')} then, against {show(before, 's')} today, and "
            f"waits until {rows[1]} requests are there to be served together."
        )


def _lengths(today: RunResult, then: RunResult) -> Iterator[str]:
    """Answers that ended by themselves, and so are of different length."""
    for what, (mine, other) in {
        "Answers": (generated_per_request(today), generated_per_request(then)),
        "Prompts": (prompt_per_request(today), prompt_per_request(then)),
    }.items():
        if abs(other - mine) > SAME_LENGTH * max(mine, other):
            lengths = f"{significant(mine)} tokens today, {significant(other)} then"
            yield f"{what} differ in length ({lengths}): a part of the difference is less work."


def generated_per_request(run: RunResult) -> float:
    """Generated tokens of a row, the mean over rows and headline repeats."""
    tokens, _ = output_repeats(run)
    return sum(tokens) / max(len(tokens), 1) / run.spec.workload.batch_size


def prompt_per_request(run: RunResult) -> float:
    """Prompt tokens of a row without padding, the mean over rows."""
    return prompt_tokens(run) / run.spec.workload.batch_size


def is_dequantised(run: RunResult) -> bool:
    """Whether the fp32 reference is itself a file of 4 bits, so that loss is understated."""
    return run.spec.variant.model == BUNDLED_KEY
