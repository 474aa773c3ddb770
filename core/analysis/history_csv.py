"""The history as CSV both ways, with every metric of a run: what pages and the shell share."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from core.analysis.cost import PriceOf, cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.results.csv.export import to_csv
from core.results.csv.importing import ImportReport, import_csv
from core.results.history import History
from core.results.lists import RunsInFull
from core.results.metrics import METRICS

OF_THE_RUN = (*METRICS, *ROOFLINE_METRICS)
PRICED = tuple(metric.key for metric in cost_metrics(None))
"""Columns that follow from the price of the moment, and are passed over when they are read."""


def history_csv(found: Iterable[RunsInFull], price: PriceOf | None) -> Iterator[str]:
    """Those runs as CSV in parts, each at its price."""
    return to_csv(found, (*OF_THE_RUN, *cost_metrics(price)))


def import_history_csv(
    history: History, file: BinaryIO, told: Callable[[ImportReport], None] = lambda _: None
) -> ImportReport:
    """Take the runs of such a file into the history; see `import_csv`."""
    return import_csv(history, file, OF_THE_RUN, PRICED, told)
