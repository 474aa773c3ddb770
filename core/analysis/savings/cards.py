"""The figures beside the money: speed, quality and trust, each with a sentence and a definition."""

from dataclasses import dataclass

from core.analysis.savings.saving import Savings
from core.results.format import DASH, significant

SPEED = (
    "How many requests the other configuration answers in the time of one of today's: the ratio "
    "of their end-to-end times, times that of their batches."
)
QUALITY = (
    "Perplexity of the other over today's, on the same fixed text: within 0.5 % it is the same."
)
TRUST = "The worse of both grades of trust; each reason that lowers one is named beside the amount."


@dataclass(frozen=True)
class Card:
    """A figure beside the money, with a sentence on it and the definition of what it is."""

    label: str
    figure: str
    sentence: str
    definition: str = ""


def speed_card(savings: Savings) -> Card:
    """How much faster, requests for requests."""
    ratio = savings.speed
    if ratio is None or savings.then is None:
        return Card("Speed", DASH, "No time was measured of both.", SPEED)
    rows = savings.today.run.spec.workload.batch_size, savings.then.run.spec.workload.batch_size
    if ratio.low is None or ratio.high is None:
        return Card("Speed", DASH, "Too few repeats of either run to tell.", SPEED)
    span = f"{significant(ratio.low)} and {significant(ratio.high)}"
    if ratio.low <= 1 <= ratio.high:
        close = f"Between {span} times as fast: too close to tell."
        return Card("Speed", "no difference", close, SPEED)
    how = "measured in turns" if savings.in_turns else "measured apart"
    if rows[0] != rows[1]:
        sentence = f"Between {span} times as many, {how}."
        return Card("Requests in the same time", f"{significant(ratio.value)}×", sentence, SPEED)
    if ratio.value >= 1:
        figure = f"{significant(ratio.value)}× as fast"
        return Card("Speed", figure, f"Between {span}, {how}.", SPEED)
    slower = f"{significant(1 / ratio.high)} and {significant(1 / ratio.low)}"
    figure = f"{significant(1 / ratio.value)}× as long"
    return Card("Speed", figure, f"Between {slower}, {how}.", SPEED)


def quality_card(savings: Savings) -> Card:
    """What it does to quality, or why that is not known."""
    quality = savings.quality
    if quality is None:
        return Card("Quality", DASH, "", QUALITY)
    said = " ".join(filter(None, (quality.sentence, quality.task)))
    return Card("Quality", quality.words, said, QUALITY)


def trust_card(savings: Savings) -> Card:
    """The worse grade of the two."""
    months = [month for month in (savings.today, savings.then) if month]
    worst = max(month.run.trust.grade for month in months)
    grades = [str(month.run.trust.grade) for month in months]
    whose = f"Today's run {grades[0]}, the other {grades[1]}." if len(grades) > 1 else ""
    said = f"{whose} A is a grade without doubts, C one with grave ones.".strip()
    return Card("Trust", str(worst), said, TRUST)
