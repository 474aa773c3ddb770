"""`report`: what one stored run saves over another in a month, as HTML, as JSON or in words."""

import argparse
import sys
from datetime import UTC, datetime

from core.analysis.cost import parse_price
from core.analysis.savings.cards import quality_card, speed_card, trust_card
from core.analysis.savings.caveats import caveats
from core.analysis.savings.saving import Savings, Told, savings_of
from core.analysis.savings.savings_document import savings_document
from core.analysis.savings.terms import (
    DEFAULT_REQUESTS,
    MOST_REQUESTS,
    Payment,
    Terms,
    parse_payment,
    parse_requests,
    parse_utilisation,
)
from core.analysis.savings.words import headline, names, other_way, title
from core.command_line.output import print_json, say, tell, write_file
from core.command_line.parser import Parser
from core.command_line.prices import add_price
from core.errors import RequestError
from core.report.report import Reported, report_html
from core.results.history import History
from core.results.queries import EVERY_RUN
from core.results.types import RunResult


def add_flags(parser: Parser) -> None:
    """The two runs, the terms, and the file."""
    parser.add_argument("--from", metavar="RUN_ID", required=True, help="today's configuration")
    parser.add_argument("--to", metavar="RUN_ID", help="the other one (default: none, costs alone)")
    parser.add_argument(
        "--requests-per-month",
        metavar="N",
        default=str(DEFAULT_REQUESTS),
        help=f"from 1 to {MOST_REQUESTS:,} (default: {DEFAULT_REQUESTS:,})",
    )
    ways, usual = "|".join(Payment), str(Payment.BY_SECOND)
    text = f"how machines are paid (default: {usual})"
    parser.add_argument("--paid", metavar=ways, default=usual, help=text)
    text = "share of paid time that answers requests, above 0 and up to 1 (default: 1)"
    parser.add_argument("--utilisation", metavar="SHARE", default="1", help=text)
    parser.add_argument("--html", metavar="FILE", help="write the report here; - is stdout")
    add_price(parser)


def report_command(chosen: argparse.Namespace) -> int:
    """0 for a month that can be reckoned, also where nothing is saved; 2 for two runs that cannot
    be set against each other.
    """
    if chosen.json and chosen.html == "-":
        raise RequestError("html", chosen.html, "stdout has the JSON document; name a file.")
    terms, history = terms_of(chosen), History()
    today = _reported(history, "from", getattr(chosen, "from"))
    then = _reported(history, "to", chosen.to) if chosen.to is not None else None
    savings = savings_of(today.result, then.result if then else None, terms)
    if savings.told is Told.REFUSED:
        raise RequestError("to", chosen.to, " ".join(savings.refused))
    if chosen.html is not None:
        _write(chosen.html, report_html(today, then, terms, datetime.now(UTC).date()))
    if chosen.json:
        print_json(savings_document(savings))
    elif chosen.html != "-":
        _print(savings)
    return 0


def terms_of(chosen: argparse.Namespace) -> Terms:
    """What the flags say of a month; raises RequestError, the flag's field in it."""
    price = chosen.price_per_hour
    return Terms(
        requests=parse_requests(chosen.requests_per_month),
        paid=parse_payment(chosen.paid),
        utilisation=parse_utilisation(chosen.utilisation),
        usd_per_hour=None if price is None else parse_price(price),
    )


def _reported(history: History, field: str, run_id: str) -> Reported:
    stored = history.get(run_id)
    if stored is None:
        newest = [row.run_id for row in history.page(EVERY_RUN, 5)]
        raise RequestError(field, run_id, "the history has no such run.", newest)
    if stored.deleted:
        raise RequestError(field, run_id, "it was deleted; Undo in History brings it back.")
    if not isinstance(stored.outcome, RunResult):
        raise RequestError(field, run_id, f"nothing was measured: the run is {stored.status}.")
    return Reported(stored.outcome, stored.note, stored.tags)


def _write(target: str, document: str) -> None:
    if target == "-":
        sys.stdout.write(document)
        return
    write_file(target, [document], field="html")
    say(f"wrote the report to {target}")


def _print(savings: Savings) -> None:
    """The same as the page says, for a person at a shell."""
    found = headline(savings)
    called = names(savings.today.run, savings.then.run if savings.then else None)
    tell(title(savings))
    tell(" → ".join(filter(None, called)))
    tell(found.sentence)
    for card in (speed_card(savings), quality_card(savings), trust_card(savings)):
        if savings.then or card.label == "Trust":
            tell(f"{card.label}: {card.figure}. {card.sentence}")
    for sentence in (other_way(savings), *savings.cautions, *caveats(savings)):
        if sentence:
            tell(f"- {sentence}")
