"""What a metric is. The rows are in `core.results.metrics`, those with a price in `analysis`."""

from collections.abc import Callable
from dataclasses import dataclass

from core.results.statistics import Interval
from core.results.types import RunResult


@dataclass(frozen=True)
class Metric:
    """One number of a run. `unit` is `s`, `bytes`, `tokens/s`, `USD`, `ratio`, `share`, `count`,
    `nats`, `J/token`, `W`, `×` or ``.

    `higher_is_better` is None where neither is. `read` gives None where it was not measured.
    `interval` is the 95 % interval of a metric that comes from samples, None in the place of one
    that is exact, and gives None where there are too few samples.
    `formula` says how it is computed, `source` where its raw values or its definition come from.
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool | None
    help: str
    read: Callable[[RunResult], float | None]
    formula: str = ""
    source: str = ""
    interval: Callable[[RunResult], Interval | None] | None = None
