"""A report as one HTML file: `report_html` is the way in, for the page and the command line.

Nothing in it is fetched: styles, scripts and plotly.js stand in the file, and its own policy
(Content-Security-Policy) forbids the browser to load anything else. Every text goes through the
template's escaping, since models, prompts, outputs and notes come from outside.
"""

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from core.analysis.roofline import roofline_of
from core.analysis.savings.cards import quality_card, speed_card, trust_card
from core.analysis.savings.caveats import caveats
from core.analysis.savings.saving import Savings, savings_of
from core.analysis.savings.terms import Terms
from core.analysis.savings.words import headline, names, other_way, title
from core.analysis.why import why_line
from core.report import drawing, origins, tables
from core.report.method import method_html
from core.results.types import RunResult
from core.variants.weights import Weights

FOLDER = Path(__file__).parent
TEMPLATE, STYLE, SCRIPT = "report.html.j2", "report.css", "report.js"


@dataclass(frozen=True)
class Reported:
    """A run with what people noted about it."""

    result: RunResult
    note: str = ""
    tags: tuple[str, ...] = ()


def report_html(
    today: Reported, then: Reported | None, terms: Terms, made_on: datetime.date, sample: str = ""
) -> str:
    """The whole file: the same for the same runs, terms and day. Without `then` it is of one run
    and what that costs. `sample` says where the sample data were measured, if it is of those.
    """
    savings = savings_of(today.result, then.result if then else None, terms)
    sides = [today, *([then] if then else [])]
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            savings=savings,
            made_on=made_on.isoformat(),
            sample=sample,
            style=Markup(_text(STYLE)),  # the report's own files, not from outside
            script=Markup(_text(SCRIPT)),
            plotly=Markup(get_plotlyjs()),
            notes=_notes(sides, savings),
            **_head(savings),
            **_body(savings),
            reproduction=tuple(origins.reproduction(savings, is_sample=bool(sample))),
        )
    )


def _head(savings: Savings) -> dict[str, object]:
    """What the page shows in large type."""
    then = savings.then.run if savings.then else None
    cards = [speed_card(savings), quality_card(savings), trust_card(savings)]
    return {
        "title": title(savings),
        "names": names(savings.today.run, then),
        "headline": headline(savings),
        "cards": [card for card in cards if card.sentence] if then else [trust_card(savings)],
        "other_way": other_way(savings),
        "main_plot": drawing.main_plot(savings),
        "cautions": savings.cautions,
    }


def _body(savings: Savings) -> dict[str, object]:
    runs = [each.run for each in tables.months_of(savings)]
    random = any(run.spec.variant.weights is Weights.RANDOM for run in runs)
    return {
        "assumptions": tables.assumptions(savings),
        "month": tables.month(savings),
        "saving": tables.saving(savings),
        "settings": tables.settings(savings),
        "numbers": tables.numbers(savings),
        "doubts": tables.doubts_table(savings),
        "definitions": tables.definitions(savings),
        "plots": tuple(drawing.further_plots(savings)),
        "why": _why(savings),
        "caveats": caveats(savings),
        "method": method_html(savings.in_turns, random),
        "environment": origins.environment(savings),
        "samples": origins.samples(savings),
        "texts": origins.texts(savings),
    }


def _why(savings: Savings) -> list[tuple[str, str]]:
    return [
        (when, why_line(each.run, roofline_of(each.run)))
        for when, each in zip(tables.heads(savings), tables.months_of(savings), strict=False)
    ]


def _notes(sides: list[Reported], savings: Savings) -> list[tuple[str, str]]:
    found = []
    for when, side in zip(tables.heads(savings), sides, strict=False):
        text = " · ".join(filter(None, (", ".join(side.tags), side.note.strip())))
        found += [(when, text)] if text else []
    return found


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
