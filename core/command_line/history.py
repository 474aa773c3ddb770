"""`history`: the stored runs as a table, as JSON or as CSV; or all of one run."""

import argparse
import sys
from collections.abc import Sequence

from core.analysis.cost import cost_metrics
from core.analysis.document import document
from core.analysis.roofline import ROOFLINE_METRICS
from core.command_line.outcome import print_stored
from core.command_line.output import print_json, print_table, say, shortened, write_file
from core.command_line.prices import PriceOf, price_for
from core.errors import RequestError
from core.results.csv_export import to_csv
from core.results.format import DASH, show, show_time
from core.results.history import History
from core.results.metrics import BY_KEY, METRICS
from core.results.stored import RunRow, StoredRun
from core.variants.models import BUNDLED_KEY

LISTED = ("ttft_s", "tpot_s", "e2e_s", "output_tokens_per_s", "peak_bytes", "perplexity_ratio")
LONGEST_REMARK = 60


def history_command(chosen: argparse.Namespace) -> int:
    """Export, show one run, or list all."""
    if chosen.json and chosen.csv is not None:
        raise RequestError("csv", chosen.csv, "give --csv or --json, not both.")
    price = price_for(chosen.price_per_hour)
    history = History()
    history.mark_lost()
    if chosen.csv is not None:
        _export(_runs(history, chosen.run), chosen.csv, price)
    elif chosen.json:
        documents = [
            document(run, price(run.outcome), history.uncompiled_twin(run.spec))
            for run in _runs(history, chosen.run)
        ]
        print_json(documents if chosen.run is None else documents[0])
    elif chosen.run is not None:
        for run in _runs(history, chosen.run):
            print_stored(run, price(run.outcome))
    else:
        _list(history.rows())
    return 0


def _runs(history: History, run_id: str | None) -> Sequence[StoredRun]:
    """The run of that id, or all that are not deleted; says how many cannot be read."""
    if run_id is not None:
        stored = history.get(run_id)
        if stored is None:
            newest = [row.run_id for row in history.rows()[:5]]
            raise RequestError("run", run_id, "the history has no such run.", newest)
        return [stored]
    found = history.in_full(row.run_id for row in history.rows())
    for damaged in found.damaged:
        say(f"warning: run {damaged} is damaged and left out.")
    return found.runs


def _export(runs: Sequence[StoredRun], target: str, price: PriceOf) -> None:
    text = to_csv(runs, (*METRICS, *ROOFLINE_METRICS, *cost_metrics(price)))
    if target == "-":
        sys.stdout.write(text)
        return
    write_file(target, text)
    say(f"wrote {len(runs)} {'run' if len(runs) == 1 else 'runs'} to {target}")


def _list(rows: list[RunRow]) -> None:
    if not rows:
        say("The history is empty; `python -m core run` measures a first run.")
        return
    header = ("RUN", "WHEN", "STATUS", "LEVERS", "TRUST")
    labels = tuple(BY_KEY[key].label.upper() for key in LISTED)
    print_table((_line(row) for row in rows), header=(*header, *labels, "REMARKS"))


def _line(row: RunRow) -> tuple[str, ...]:
    return (
        row.run_id,
        show_time(row.submitted_at),
        row.status,
        _levers(row),
        str(row.trust or DASH),
        *(show(row.metrics[key], BY_KEY[key].unit) for key in LISTED),
        shortened(" · ".join([row.message, *row.tags, row.note]).strip(" ·"), LONGEST_REMARK),
    )


def _levers(row: RunRow) -> str:
    """The levers in a few words; what is as usual is left out."""
    model = "" if row.model == BUNDLED_KEY else f"{row.model} "
    unusual = [
        f" {name} {value}"
        for name, value, usual in (
            ("weights", row.weights, "trained"),
            ("compile", row.compile, "off"),
            ("KV cache", row.kv_cache, "on"),
            ("batch", row.batch_size, 1),
        )
        if value != usual
    ]
    return f"{model}{row.precision} {row.attention}{''.join(unusual)} +{row.max_new_tokens}"
