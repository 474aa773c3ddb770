"""A comparison for a person at a shell: the verdict, each metric's ratio, and both texts."""

from collections.abc import Iterator

from core.analysis.comparing.ab import Comparison
from core.command_line.output import print_table, tell
from core.results.format import DASH, show, significant
from core.results.metrics import BY_KEY
from core.results.naming import long_name
from core.results.paired import Ratio
from core.results.types import RunResult, Stopped
from core.variants.weights import NO_TEXT, Weights

ENDED = {
    Stopped.DECIDED: "a difference was shown",
    Stopped.EQUIVALENT: "a difference that matters was excluded",
    Stopped.MOST_PAIRS: "no more were asked for",
}


def print_comparison(a: RunResult, b: RunResult, found: Comparison) -> None:
    """What was compared, the verdict, the table, and the texts."""
    print_table((name, run.run_id, long_name(run.spec)) for name, run in (("A", a), ("B", b)))
    tell(f"\n{found.verdict}\n")
    header = ("METRIC", "A", "B", "B / A", "INTERVAL")
    print_table((_line(key, ratio, a, b) for key, ratio in found.ratio.items()), header=header)
    tell()
    print_table(_notes(a, b, found))
    for name, run in (("A", a), ("B", b)):
        random = run.spec.variant.weights is Weights.RANDOM
        tell(f"\n{name}: {NO_TEXT if random else run.output.text}")


def _line(key: str, ratio: Ratio, a: RunResult, b: RunResult) -> tuple[str, ...]:
    metric = BY_KEY[key]
    interval = DASH
    if ratio.low is not None and ratio.high is not None:
        interval = f"{significant(ratio.low)} to {significant(ratio.high)}"
        interval = "exact" if ratio.low == ratio.high else interval
    values = (show(metric.read(run), metric.unit) for run in (a, b))
    return metric.label, *values, significant(ratio.value), interval


def _notes(a: RunResult, b: RunResult, found: Comparison) -> Iterator[tuple[str, str]]:
    if found.pairs is not None and found.stopped is not None:
        yield "Pairs", f"{found.pairs}, in turns A B B A; then {ENDED[found.stopped]}"
    for name, run in (("A", a), ("B", b)):
        reasons = " ".join(run.trust.reasons)
        yield f"Trust of {name}", f"{run.trust.grade} {reasons}".strip()
    if found.no_agreement:
        yield "Texts", found.no_agreement
    elif found.first_difference is None:
        yield "Texts", "the same tokens"
    else:
        count, place = len(found.differing), found.first_difference + 1
        yield "Texts", f"{count} tokens differ, the first of them token {place}"
