"""`history`: the stored runs as a table, as JSON or as CSV."""

import argparse
import sys
from pathlib import Path

from core.analysis.cost import cost_metrics, default_price
from core.analysis.document import document
from core.command_line.output import print_json, print_table, say
from core.errors import RequestError, TradeoffsError
from core.results.csv_export import to_csv
from core.results.format import DASH, show, show_time
from core.results.history import History
from core.results.metrics import BY_KEY, METRICS
from core.results.stored import RunRow, StoredRun
from core.variants.environment import read_environment

LISTED = ("ttft_s", "tpot_s", "e2e_s", "output_tokens_per_s", "peak_bytes", "perplexity_ratio")


def history_command(chosen: argparse.Namespace) -> int:
    """Export, show one run, or list all."""
    history = History()
    if chosen.csv:
        return _export(history, chosen.csv)
    if chosen.run:
        print_json(document(_found(history, chosen.run), _price()))
        return 0
    if chosen.json:
        print_json([document(run, _price()) for run in _stored(history)])
        return 0
    _list(history.rows())
    return 0


def _export(history: History, target: str) -> int:
    text = to_csv(_stored(history), (*METRICS, *cost_metrics(_price())))
    if target == "-":
        sys.stdout.write(text)
        return 0
    file = Path(target)
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="")
        unfinished.replace(file)
    except OSError as error:
        raise TradeoffsError(f"{target} cannot be written: {error.strerror}.") from error
    say(f"wrote {target}")
    return 0


def _stored(history: History) -> list[StoredRun]:
    return [run for row in history.rows() if (run := history.get(row.run_id)) is not None]


def _found(history: History, run_id: str) -> StoredRun:
    stored = history.get(run_id)
    if stored is None:
        newest = [row.run_id for row in history.rows()[:5]]
        raise RequestError("run", run_id, "the history has no such run.", newest)
    return stored


def _price() -> float:
    environment = read_environment()
    return default_price(environment, environment.default_device).usd_per_hour


def _list(rows: list[RunRow]) -> None:
    if not rows:
        say("The history is empty; `python -m core run` measures a first run.")
        return
    header = ("RUN", "WHEN", "STATUS", "MODEL", "LEVERS", "TRUST")
    labels = tuple(BY_KEY[key].label.upper() for key in LISTED)
    print_table((_line(row) for row in rows), header=(*header, *labels))


def _line(row: RunRow) -> tuple[str, ...]:
    levers = f"{row.precision} {row.attention} compile {row.compile} cache {row.kv_cache}"
    return (
        row.run_id,
        show_time(row.submitted_at),
        row.status,
        row.model,
        f"{levers} batch {row.batch_size} +{row.max_new_tokens}",
        str(row.trust or DASH),
        *(show(row.metrics[key], BY_KEY[key].unit) for key in LISTED),
    )
