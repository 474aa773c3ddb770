"""When a link is taken and when the URL is brought up to date.

Beside `state`, a module that touches the session and the URL. At a script's start the URL rules
where it was not written by this session: in a fresh one, after a link, and when the browser goes
back or forward. Else the session rules, and at the script's end the URL is made a link to it. A
browser that is behind sends a URL that this session wrote before: it is known as such, and changes
nothing.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages.widgets.fields import LABELS
from pages.widgets.layout import escape
from pages.widgets.links import across_state
from pages.widgets.links.page_link import (
    PageLink,
    Written,
    misspelt,
    read_link,
    refused,
    write_link,
)

RECORD = "link"
NOT_TAKEN = "Not all of the link could be taken; the rest of it was."
MOST_SEEN = 50
IDS = ("job", "run", "sweep", "pair", "a", "of", "engines", "load", "steps")

Query = dict[str, list[str]]


@contextlib.contextmanager
def linked(page: str, link: Callable[[], PageLink]) -> Iterator[None]:
    """Around a page's drawing: take the link that was followed, then write the view's own."""
    told = st.container()
    begin(page, link())
    _record()["link"] = link
    try:
        yield
    except Exception:
        finish(page, link(), told)  # what a person has typed is kept, whatever is wrong with it
        raise
    finish(page, link(), told)


def follow() -> None:
    """Bring the URL up to date where a fragment alone runs again: its widgets' `on_change`. Where
    they stand on a page without a link there is nothing to do.
    """
    record = _record()
    if record["link"] is not None:
        _write(record["page"], record["link"]())


def begin(page: str, link: PageLink) -> None:
    """Take what stands in the URL, where it is not this session's own."""
    record, query = _record(), _query()
    entered = record["page"] != page
    if entered:
        record.update(page=page, names=[], taken={}, problems=[])
    own = {name: texts for name, texts in query.items() if name in link.kinds}
    mark = _mark(page, link, query)
    named = mark != _bare(page) or (
        (entered or across_state.went_in_history()) and any(name in query for name in link.anchors)
    )
    near = misspelt((*link.kinds, *IDS, *across_state.ACROSS), query)
    if _is_due(record, mark, named=named, entered=entered):
        found = read_link(link.kinds, own)
        link.take(found.values)
        told = [*map(str, found.problems), *near]
        taken = {name: link.kinds[name].write(value) for name, value in found.values.items()}
        record.update(taken=taken, problems=told, just_taken=True)
    elif entered and near:
        record.update(problems=[*near], just_taken=True)
    _see(record, mark)


def finish(page: str, link: PageLink, told: Any) -> None:
    """Bring the URL up to date, and say what it does not tell or could not."""
    written = _write(page, link)
    _draw(_record(), link, written.left_out, told)


def _write(page: str, link: PageLink) -> Written:
    """Bring the URL up to date, in one message."""
    record, query = _record(), _query()
    written = write_link(link.kinds, link.values())
    own = {name: [text] for name, text in written.texts.items()}
    names, coming = {*record["names"], *link.kinds}, across_state.coming_ids()
    others = {name: texts for name, texts in query.items() if name not in {*names, *coming}}
    wanted = {**own, **others, **{name: [text] for name, text in coming.items() if text}}
    now = urlencode(wanted, doseq=True)
    if [*wanted.items()] != [*query.items()] or record["sent"] not in (None, now):
        st.query_params.from_dict(wanted)
    mark = _mark(page, link, wanted)
    _see(record, mark)
    if mark == _bare(page) and page not in record["bare"]:
        record["bare"].append(page)
    if now != record["sent"] and not record["just_taken"]:
        record["problems"] = []  # the person went on from what the link gave
    record.update(names=sorted(names), sent=now, just_taken=False)
    return written


def _is_due(record: Mapping[str, Any], mark: str, *, named: bool, entered: bool) -> bool:
    """Whether the URL rules. A bare one does where the browser went back to it and the page stood
    there; on the way to a page the navigation's is bare too, and says nothing.
    """
    if entered:
        return named
    if across_state.went_in_history():
        return named or record["page"] in record["bare"]
    return named and mark not in record["seen"]


def _draw(record: dict[str, Any], link: PageLink, left_out: tuple[str, ...], told: Any) -> None:
    """What of a link was not taken, and what the link to this view does not carry."""
    if record["taken"]:
        taken = {name: link.kinds[name].read(text) for name, text in record["taken"].items()
                 if name in link.kinds}  # fmt: skip
        record["problems"] += map(str, refused(link.kinds, taken, link.shown()))
        record["taken"] = {}
    with told:
        if record["problems"]:
            lines = "".join(f"\n- {escape(words)}" for words in record["problems"])
            st.warning(f"{NOT_TAKEN}\n{lines}", icon=":material/link_off:")
        if left_out:
            names = ", ".join(LABELS.get(name, name) for name in left_out)
            words = f"The link to this view does not carry {names}: too long, or not for a link."
            st.caption(f":material/link_off: {escape(words)}")


def _record() -> dict[str, Any]:
    """What this session has done with URLs so far."""
    if RECORD not in st.session_state:
        st.session_state[RECORD] = {
            "page": None, "seen": [], "bare": [], "names": [], "sent": None, "taken": {},
            "problems": [], "just_taken": False, "link": None,
        }  # fmt: skip
    record: dict[str, Any] = st.session_state[RECORD]
    return record


def _query() -> Query:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _mark(page: str, link: PageLink, query: Query) -> str:
    """What of a URL is this page's, as one text."""
    own = {name: query[name] for name in link.kinds if name in query}
    return f"{page}?{urlencode(own, doseq=True)}"


def _bare(page: str) -> str:
    return f"{page}?"


def _see(record: dict[str, Any], mark: str) -> None:
    """Remember a URL as one of this session's own, the newest last."""
    seen = [one for one in record["seen"] if one != mark]
    record["seen"] = [*seen, mark][-MOST_SEEN:]
