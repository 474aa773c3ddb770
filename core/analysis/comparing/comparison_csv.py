"""Runs beside each other as CSV: a line per setting that differs and per metric."""

from collections.abc import Iterator, Sequence

from core.analysis.comparing.comparison import Cell, MetricRow
from core.analysis.comparing.differing import SettingRow
from core.results.csv.cells import Cell as CsvCell
from core.results.csv.cells import csv_text
from core.results.types import RunResult

OF_A_RUN = ("", " low", " high", " change", " told")


def comparison_csv(
    results: Sequence[RunResult], settings: Sequence[SettingRow], rows: Sequence[MetricRow]
) -> str:
    """Five columns for each run: value, interval, change against the reference as a share, and
    what can be told of it. Numbers are in full, unknown ones are empty.
    """
    columns = [f"{result.run_id}{what}" for result in results for what in OF_A_RUN]
    lines: list[list[CsvCell]] = [*_settings(results, settings), *(_metric(row) for row in rows)]
    return csv_text([["kind", "name", "unit", *columns], *lines])


def _settings(
    results: Sequence[RunResult], settings: Sequence[SettingRow]
) -> Iterator[list[CsvCell]]:
    grades = tuple(str(result.trust.grade) for result in results)
    yield ["trust", "trust", "", *_alone(grades)]
    for row in settings:
        yield [str(row.origin), row.name, "", *_alone(row.values)]


def _alone(values: Sequence[str]) -> Iterator[CsvCell]:
    for value in values:
        yield from (value, None, None, None, None)


def _metric(row: MetricRow) -> list[CsvCell]:
    metric = row.metric
    return ["metric", metric.key, metric.unit, *(part for c in row.cells for part in _parts(c))]


def _parts(cell: Cell) -> tuple[CsvCell, ...]:
    ends = (cell.interval.low, cell.interval.high) if cell.interval else (None, None)
    return (cell.value, *ends, cell.relative, str(cell.told))
