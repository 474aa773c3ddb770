"""What a step of the guide did on this machine, in words: against the baseline and the guess."""

from dataclasses import dataclass

from core.analysis.comparing.ratio_rows import RatioRow, ratio_rows
from core.analysis.comparing.ratios import ratios_of
from core.analysis.guide.steps import Guess, Look, Step
from core.results.format import show, significant
from core.results.metrics import BY_KEY
from core.results.types import Grade, RunResult


@dataclass(frozen=True)
class Seen:
    """One number as it came out. `held` is None where it is not told, or nothing was guessed."""

    look: Look
    words: str
    held: bool | None


@dataclass(frozen=True)
class Outcome:
    """What a step showed: one sentence in all, one for each number, and what to keep in mind."""

    headline: str
    seen: tuple[Seen, ...]
    caveats: tuple[str, ...]


def outcome_of(step: Step, result: RunResult, baseline: RunResult | None) -> Outcome:
    """A step's outcome; without a baseline, as that of the baseline's own step, its numbers."""
    if baseline is None or not step.looks:
        return Outcome(_plainly(result), (), _caveats(result, None))
    metrics = [BY_KEY[look.key] for look in step.looks]
    rows = {row.metric.key: row for row in ratio_rows(ratios_of(baseline, result), metrics)}
    seen = tuple(_seen(look, result, baseline, rows.get(look.key)) for look in step.looks)
    return Outcome(_headline(seen), seen, _caveats(result, baseline))


def _plainly(result: RunResult) -> str:
    first, later, rate, weights, peak = (
        show(BY_KEY[key].read(result), BY_KEY[key].unit)
        for key in ("ttft_s", "tpot_s", "output_tokens_per_s", "weights_bytes", "peak_bytes")
    )
    return (
        f"The first token came after {first}, each further one after {later}: {rate} in all. "
        f"The weights take {weights}, and {peak} were in use at the peak."
    )


def _headline(seen: tuple[Seen, ...]) -> str:
    """Whether the guesses held, the numbers that went another way by name."""
    wrong = [BY_KEY[one.look.key].label for one in seen if one.held is False]
    untold = [BY_KEY[one.look.key].label for one in seen if one.held is None and one.look.guess]
    if wrong:
        return f"Not as one would guess: {' and '.join(wrong)} went another way."
    if untold:
        return f"These runs cannot tell whether the guess holds for {' and '.join(untold)}."
    return "As one would guess."


def _seen(look: Look, result: RunResult, baseline: RunResult, row: RatioRow | None) -> Seen:
    metric = BY_KEY[look.key]
    after, before = (show(metric.read(run), metric.unit) for run in (result, baseline))
    said = f"{metric.label}: {after} against {before}"
    if look.guess is None:
        return Seen(look, f"{said}.", None)
    if row is None:
        return Seen(look, f"{said}; one of them was not measured.", None)
    ratio = _times(row)
    if row.alike:
        return Seen(look, f"{said}, {ratio}: no difference; one would guess {look.guess}.", False)
    if row.better is None:
        return Seen(look, f"{said}, {ratio}: it may be chance; the guess was {look.guess}.", None)
    went = Guess.UP if row.value > 1 else Guess.DOWN
    held = went is look.guess
    verdict = "as guessed" if held else f"where one would guess {look.guess}"
    return Seen(look, f"{said}, {ratio}: {went}, {verdict}.", held)


def _times(row: RatioRow) -> str:
    """`0.763 times (95 % interval 0.741 to 0.787)`."""
    value = f"{significant(row.value)} times"
    if row.interval is None:
        return value
    low, high = significant(row.interval.low), significant(row.interval.high)
    return f"{value} (95 % interval {low} to {high})"


def _caveats(result: RunResult, baseline: RunResult | None) -> tuple[str, ...]:
    found = [
        f"The {name} has trust grade {run.trust.grade}: {' '.join(run.trust.reasons)}"
        for name, run in (("baseline", baseline), ("run", result))
        if run is not None and run.trust.grade is Grade.C
    ]
    if baseline is not None:
        found.append(
            "The two were measured one after the other; Compare measures them in turns, which "
            "tells small differences from chance."
        )
    return tuple(found)
