"""What the Compare page keeps: its part of session state and of the URL.

`?runs=a,b,c` are stored runs beside each other, `?a=RUN` a run to measure again against a change,
`?pair=RUN` a pair that is being measured or was. `?of=RUN` is a run to ask other engines about, and
`?engines=ID` what was asked of them.
"""

from collections.abc import Iterable

import streamlit as st

RUNS, FIRST, PAIR = "runs", "a", "pair"
ENGINES, OF = "engines", "of"
PART, CHOSEN = "compare_part", "compared_runs"
AGAINST, PLOTS_TAB = "compared_with", "compared_plots"
PLOTS = (
    "Latency by phase", "Latency per token", "Roofline", "Memory by part", "Cost", "Paid once"
)  # fmt: skip
IN_TURNS, STORED, OTHERS = "A/B, in turns", "Stored runs", "Other engines"
WAYS = {
    IN_TURNS: "Two variants in memory at once take turns, A B B A, until it is decided which is "
    "faster: the surest way, and it has to run.",
    STORED: "Runs of the history beside each other, with what can be told apart: nothing runs.",
    OTHERS: "One stored run's question, asked of every other engine that is here.",
}
PARTS = ((PAIR, IN_TURNS), (ENGINES, OTHERS), (OF, OTHERS), (RUNS, STORED))
MOST_IDS = 50  # of a URL; more are nobody's honest link


def begin() -> None:
    """Open the part that the URL asks for, once."""
    if PART not in st.session_state:
        put_part(implied_part(st.query_params))


def open_part() -> str:
    """The part that is open."""
    return str(st.session_state.get(PART) or IN_TURNS)


def put_part(part: str) -> None:
    """Open a part."""
    st.session_state[PART] = part


def implied_part(named: Iterable[str]) -> str:
    """The part that a link opens without saying so: by what it names, or what the URL opens."""
    names = {*named, *(name for name in (PAIR, ENGINES) if name in st.query_params)}
    return next((part for name, part in PARTS if name in names), IN_TURNS)


def ids_in(text: str) -> tuple[str, ...]:
    """The ids in a text with commas between them, in their order, without repetitions."""
    ids = filter(None, (part.strip() for part in text.split(",")))
    return tuple(dict.fromkeys(ids))[:MOST_IDS]


def linked_ids(name: str) -> tuple[str, ...]:
    """The ids in that part of the URL, in their order."""
    ids = (part.strip() for part in st.query_params.get(name, "").split(","))
    return tuple(filter(None, ids))


def known_runs() -> tuple[str, ...]:
    """The ids of the stored runs that are chosen or that the URL names, without repetitions."""
    linked = ids_in(st.query_params.get(RUNS, ""))
    return tuple(dict.fromkeys([*linked, *st.session_state.get(CHOSEN, ())]))
