"""What a cheaper configuration does to quality: perplexity against perplexity, on the same text."""

from dataclasses import dataclass

from core.analysis.comparing.comparison import MARGINS
from core.results.format import DASH, significant
from core.results.types import RunResult
from core.variants.weights import Weights

SAME = MARGINS["perplexity_ratio"]


@dataclass(frozen=True)
class QualityChange:
    """`ratio` is perplexity then / perplexity today, on the same text: above 1 is worse. None where
    it is not known, and `words` say why; they are short enough for a card. `task` tells of the own
    task where both did the same one.
    """

    ratio: float | None
    words: str
    sentence: str
    task: str | None = None

    @property
    def is_worse(self) -> bool:
        """Whether it is worse by more than such readings differ by."""
        return self.ratio is not None and self.ratio > 1 + SAME

    @property
    def cautions(self) -> tuple[str, ...]:
        """What has to be said beside the money: that it is worse, or not known."""
        if self.ratio is None:
            return (self.sentence,)
        return (f"Quality is a part of the price: it is {self.words}.",) if self.is_worse else ()


def quality_change(today: RunResult, then: RunResult) -> QualityChange:
    """How quality changes from one run to the other."""
    missing = _missing(today, then)
    task = _task(today, then)
    if missing or not today.quality or not then.quality:
        return QualityChange(None, DASH, f"What quality does is not known: {missing}.", task)
    before, after = today.quality.perplexity, then.quality.perplexity
    ratio = after / before
    told = f"perplexity {significant(after, 4)} against {significant(before, 4)}"
    if abs(ratio - 1) <= SAME:
        return QualityChange(ratio, "the same", f"Quality is the same within 0.5 %: {told}.", task)
    percent = f"{significant(abs(ratio - 1) * 100, 2)} %"
    way = "worse" if ratio > 1 else "better"
    return QualityChange(ratio, f"{percent} {way}", f"Quality is {percent} {way}: {told}.", task)


def _missing(today: RunResult, then: RunResult) -> str:
    runs = (today, then)
    if any(run.spec.variant.weights is Weights.RANDOM for run in runs):
        return "random weights have none"
    if today.quality is None or then.quality is None:
        whose = "today's run" if today.quality is None else "the other run"
        run = today if today.quality is None else then
        return f"that of {whose} was not measured ({_why(run)})"
    if (today.quality.tokens, today.quality.reference) != (
        then.quality.tokens,
        then.quality.reference,
    ):
        return "the two were read on different texts or against different references"
    if today.quality.perplexity <= 0:
        return "today's perplexity is no number above 0"
    return ""


def _why(run: RunResult) -> str:
    return (run.quality_missing or "it was not asked for").rstrip(".")


def _task(today: RunResult, then: RunResult) -> str | None:
    """Right answers of the own task; None where not both did the same one."""
    if today.task is None or then.task is None:
        return None
    if today.spec.workload.task != then.spec.workload.task:
        return None
    shares = (f"{significant(run.accuracy * 100)} %" for run in (then.task, today.task))
    return "Own task: {} right against {} today.".format(*shares)
