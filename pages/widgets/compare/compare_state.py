"""What the Compare page keeps: its part of session state and of the URL.

`?runs=a,b,c` are stored runs beside each other, `?a=RUN` a run to measure again against a change,
`?pair=RUN` a pair that is being measured or was. `?of=RUN` is a run to ask other engines about, and
`?engines=ID` what was asked of them.
"""

import streamlit as st

RUNS, FIRST, PAIR = "runs", "a", "pair"
ENGINES, OF = "engines", "of"
PART, CHOSEN = "compare_part", "compared_runs"
AGAINST = "compared_with"
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
        st.session_state[PART] = next(
            (part for name, part in PARTS if name in st.query_params), IN_TURNS
        )


def linked_ids(name: str) -> tuple[str, ...]:
    """The ids in that part of the URL, in their order."""
    ids = (part.strip() for part in st.query_params.get(name, "").split(","))
    return tuple(filter(None, ids))


def linked_runs() -> tuple[str, ...]:
    """The ids of the stored runs that the URL names, without repetitions."""
    return tuple(dict.fromkeys(linked_ids(RUNS)))[:MOST_IDS]


def link_chosen() -> None:
    """Make the URL a link to the runs that are chosen now."""
    chosen = list(st.session_state[CHOSEN])
    if chosen:
        st.query_params[RUNS] = ",".join(chosen)
    else:
        st.query_params.pop(RUNS, None)
