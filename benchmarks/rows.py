"""What a benchmark reports: a ratio, its interval, what was wanted of it, and whether it is so."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.results.statistics import median, median_interval
from core.variants.environment import read_environment

LATEST = Path(__file__).parent / "latest.json"


@dataclass(frozen=True)
class Ratio:
    """Median of pairwise ratios with its 95 % bootstrap interval, taken over their logarithms.

    `low` and `high` are None below five pairs.
    """

    value: float
    low: float | None = None
    high: float | None = None
    pairs: int = 1

    @property
    def half_width(self) -> float:
        """Half of the interval relative to the ratio; infinite while there is no interval."""
        if self.low is None or self.high is None:
            return math.inf
        return (self.high - self.low) / 2 / self.value

    def contains(self, value: float) -> bool:
        """Whether the interval holds that value."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None for a figure that is only recorded."""

    what: str
    ratio: Ratio
    wanted: str
    met: bool | None
    detail: dict[str, object] = field(default_factory=dict)


def ratio_of_pairs(pairs: Sequence[tuple[float, float]]) -> Ratio:
    """First over second, pair by pair."""
    logs = [math.log(first / second) for first, second in pairs]
    middle, interval = median(logs), median_interval(logs)
    assert middle is not None
    low, high = (math.exp(interval.low), math.exp(interval.high)) if interval else (None, None)
    return Ratio(math.exp(middle), low, high, len(pairs))


def within(what: str, samples: Sequence[float], limit: float, unit: str) -> Row:
    """A row that holds the median of the samples against a limit."""
    middle, interval = median(samples), median_interval(samples)
    assert middle is not None
    low, high = (interval.low / limit, interval.high / limit) if interval else (None, None)
    detail: dict[str, object] = {"median": middle, "max": max(samples), "unit": unit}
    wanted = f"median below {limit:g} {unit}"
    ratio = Ratio(middle / limit, low, high, len(samples))
    return Row(f"{what} / {limit:g} {unit}", ratio, wanted, middle < limit, detail)


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    cells = [("figure", "ratio", "95 % interval", "n", "wanted", "")]
    for row in rows:
        ratio = row.ratio
        span = f"{ratio.low:.3f} to {ratio.high:.3f}" if ratio.low and ratio.high else "–"
        verdict = {True: "met", False: "MISSED", None: "recorded"}[row.met]
        cells.append((row.what, f"{ratio.value:.3f}", span, str(ratio.pairs), row.wanted, verdict))
    widths = [max(len(cell[i]) for cell in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip()
        for cell in cells
    )


def write(rows: Sequence[Row], file: Path = LATEST) -> None:
    """The rows, with the machine that they are of, as JSON."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": read_environment().model_dump(mode="json"),
        "rows": [asdict(row) for row in rows],
    }
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
