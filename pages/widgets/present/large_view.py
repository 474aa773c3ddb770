"""The savings in large type: one amount, three figures, why, and one plot."""

from pathlib import Path

import streamlit as st

from core.analysis.roofline import roofline_of
from core.analysis.savings.cards import Card, quality_card, speed_card, trust_card
from core.analysis.savings.caveats import caveats
from core.analysis.savings.saving import Savings, Told
from core.analysis.savings.words import AMOUNT, headline, names, other_way
from core.analysis.why import why_line
from core.plots import month
from core.plots.charts import Chart, Topic
from pages.widgets.chart_view import draw_charts
from pages.widgets.layout import COMPARE, escape, link_to

STYLE = Path(__file__).with_name("present.css")
CARD_PIXELS = 290
NO_BILL = (Told.REFUSED, Told.NO_PRICE)


def draw_large(savings: Savings) -> None:
    """Everything that is shown to others, from the amount to the plot."""
    st.html(STYLE)
    _draw_amount(savings)
    if savings.told is Told.REFUSED:
        return
    _draw_cards(savings)
    _draw_cautions(savings)
    with st.container(key="present_why"):
        for sentence in (other_way(savings), _why(savings)):
            if sentence:
                st.markdown(escape(sentence))
    if savings.today.bill is not None and savings.told not in NO_BILL:
        said = month.bars_takeaway(savings)
        with st.container(key="present_plot"):
            draw_charts([Chart(Topic.COST, "A month", said, month.bars(savings))])


def draw_caveats(savings: Savings) -> None:
    """What the amount leaves out, and where to read on."""
    with st.expander("What this leaves out", icon=":material/info:"):
        st.markdown("\n".join(f"- {escape(text)}" for text in caveats(savings)))
        if savings.then and savings.told is not Told.SAME_RUN:
            runs = f"{savings.today.run.run_id},{savings.then.run.run_id}"
            link_to(COMPARE, "Every number of both", ":material/compare:", runs=runs)
        if any(m.run.spec.workload.batch_size > 1 for m in (savings.today, savings.then) if m):
            link_to("pages/batching.py", "Latency when requests wait for a batch")


def _draw_amount(savings: Savings) -> None:
    found = headline(savings)
    called = names(savings.today.run, savings.then.run if savings.then else None)
    with st.container(key="present_label", gap=None):
        st.markdown(escape(" → ".join(filter(None, called))))
        st.markdown(escape(found.label), help=AMOUNT)
    with st.container(key="present_number" if found.is_number else "present_words"):
        st.header(escape(found.figure), anchor=False)
    with st.container(key="present_sentence"):
        st.markdown(escape(found.sentence))


def _draw_cards(savings: Savings) -> None:
    cards = [trust_card(savings)]
    if savings.then and savings.told is not Told.SAME_RUN:
        cards = [speed_card(savings), quality_card(savings), *cards]
    with st.container(horizontal=True, gap="medium", key="present_cards"):
        for card in cards:
            _draw_card(card)


def _draw_card(card: Card) -> None:
    with st.container(width=CARD_PIXELS, gap="xsmall"):
        st.metric(card.label, escape(card.figure), help=escape(card.definition))
        st.caption(escape(card.sentence))


def _draw_cautions(savings: Savings) -> None:
    """What lowers trust in the amount, in sight of it."""
    if savings.cautions:
        lines = "\n".join(f"- {escape(text)}" for text in savings.cautions)
        st.warning(f"**To be known beside it**\n\n{lines}", icon=":material/warning:")


def _why(savings: Savings) -> str:
    """Why it is as fast as it is: of the other one, or of the only one."""
    run = savings.then.run if savings.then else savings.today.run
    return why_line(run, roofline_of(run))
