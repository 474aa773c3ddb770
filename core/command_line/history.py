"""`history`: the stored runs as a table, as JSON or as CSV; all of one run; or runs from a CSV."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from core.analysis.document import document, json_list
from core.analysis.history_csv import history_csv
from core.command_line.history_import import import_command
from core.command_line.outcome import print_stored
from core.command_line.output import print_json, print_table, say, shortened, tell, write_file
from core.command_line.parser import Parser
from core.command_line.prices import PriceOf, add_price, price_for
from core.errors import RequestError
from core.harmless import harmless_json
from core.results.format import DASH, show, show_time
from core.results.history import History
from core.results.lists import RunsInFull
from core.results.metrics import BY_KEY
from core.results.queries import EVERY_RUN
from core.results.stored import RunRow, StoredRun
from core.variants.models import BUNDLED_KEY

LISTED = ("ttft_s", "tpot_s", "e2e_s", "output_tokens_per_s", "peak_bytes", "perplexity_ratio")
LONGEST_REMARK = 60
KEPT_TWINS = 256


def add_flags(parser: Parser) -> None:
    """One run instead of all, or a file."""
    parser.add_argument("--run", metavar="RUN_ID", help="only this run, and all that is stored")
    parser.add_argument("--csv", metavar="FILE", help="write CSV to this file; - is stdout")
    parser.add_argument(
        "--import",
        metavar="FILE",
        dest="imported",
        help="add the runs of a CSV that --csv wrote; - is stdin",
    )
    add_price(parser)


def history_command(chosen: argparse.Namespace) -> int:
    """Export, show one run, or list all."""
    if chosen.json and chosen.csv is not None:
        raise RequestError("csv", chosen.csv, "give --csv or --json, not both.")
    price = price_for(chosen.price_per_hour)
    history = History()
    if chosen.imported is not None:
        return import_command(chosen, history)
    if history.refused is None:
        history.mark_lost()
    if chosen.csv is not None:
        _export(_found(history, chosen.run), chosen.csv, price)
    elif chosen.run is not None:
        _show(history, _one(history, chosen.run), price, as_json=chosen.json)
    elif chosen.json:
        sys.stdout.writelines(map(harmless_json, json_list(_documents(history, price))))
        tell()
    else:
        _list(history)
    return 0


def _one(history: History, run_id: str) -> StoredRun:
    stored = history.get(run_id)
    if stored is None:
        newest = [row.run_id for row in history.page(EVERY_RUN, 5)]
        raise RequestError("run", run_id, "the history has no such run.", newest)
    return stored


def _show(history: History, run: StoredRun, price: PriceOf, as_json: bool) -> None:
    """All of one run."""
    if as_json:
        print_json(document(run, price(run.outcome), history.uncompiled_twin(run.spec)))
    else:
        print_stored(run, price(run.outcome))


def _found(history: History, run_id: str | None) -> Iterable[RunsInFull]:
    """The run of that id, or all that are not deleted, some hundred at a time."""
    if run_id is not None:
        return [RunsInFull((_one(history, run_id),), ())]
    return _whole(history.in_parts(history.ids()))


def _whole(found: Iterable[RunsInFull]) -> Iterator[RunsInFull]:
    """Without the runs that cannot be read; says which."""
    for part in found:
        for damaged in part.damaged:
            say(f"warning: run {damaged} is damaged and left out.")
        yield RunsInFull(part.runs, ())


def _documents(history: History, price: PriceOf) -> Iterator[dict[str, Any]]:
    twin_of = lru_cache(KEPT_TWINS)(history.uncompiled_twin)
    for part in _found(history, None):
        for run in part.runs:
            yield document(run, price(run.outcome), twin_of(run.spec))


def _export(found: Iterable[RunsInFull], target: str, price: PriceOf) -> None:
    count = 0

    def counted() -> Iterator[RunsInFull]:
        nonlocal count
        for part in found:
            count += len(part.runs)
            yield part

    parts = history_csv(counted(), price)
    if target == "-":
        sys.stdout.writelines(parts)
        return
    write_file(target, parts)
    say(f"wrote {count} {'run' if count == 1 else 'runs'} to {target}")


def _list(history: History) -> None:
    ids = history.ids()
    if not ids:
        say("The history is empty; `python -m core run` measures a first run.")
        return
    header = ("RUN", "WHEN", "HOST", "STATUS", "LEVERS", "TRUST")
    labels = tuple(BY_KEY[key].label.upper() for key in LISTED)
    print_table((_line(row) for row in history.lines(ids)), header=(*header, *labels, "REMARKS"))


def _line(row: RunRow) -> tuple[str, ...]:
    return (
        row.run_id,
        show_time(row.submitted_at),
        row.host_name or DASH,
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
