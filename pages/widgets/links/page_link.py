"""What a page's link carries: its parameters, read from a URL and written into one.

Only what differs from a fresh page is written, in the order of the table, so that the bare page has
a bare URL. Pure functions over texts: when a link is taken is decided in `link_state`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlencode

from core.errors import RequestError
from pages.widgets.links.kinds import Kind, read

LONGEST_URL = 6_000  # of its parameters, encoded: what servers in between are sure to let through
ALIKE, LONGEST_NAME, MOST_UNKNOWN = 0.8, 40, 20

Values = Mapping[str, Any]


@dataclass(frozen=True)
class PageLink:
    """A view's parameters. `values` are those that differ from a fresh page, as the session has
    them; `take` sets the session to some, and all others of this view to those of a fresh page.
    `shown` are those that a widget may refuse, as it shows them. `anchors` are ids in the URL whose
    coming alone means that another link was followed.
    """

    kinds: Mapping[str, Kind]
    values: Callable[[], Values]
    take: Callable[[Values], None]
    shown: Callable[[], Values] = dict
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """What was read of a URL: values by parameter, and what is wrong with others."""

    values: dict[str, Any]
    problems: tuple[RequestError, ...]


@dataclass(frozen=True)
class Written:
    """Texts by parameter, and the parameters that are too long for a link."""

    texts: dict[str, str]
    left_out: tuple[str, ...]


def both(*links: PageLink) -> PageLink:
    """Several parts of one view as one."""

    def values() -> Values:
        return {name: value for link in links for name, value in link.values().items()}

    def shown() -> Values:
        return {name: value for link in links for name, value in link.shown().items()}

    def take(given: Values) -> None:
        for link in links:
            link.take({name: value for name, value in given.items() if name in link.kinds})

    kinds = {name: kind for link in links for name, kind in link.kinds.items()}
    anchors = tuple(name for link in links for name in link.anchors)
    return PageLink(kinds, values, take, shown, anchors)


def read_link(kinds: Mapping[str, Kind], given: Mapping[str, Sequence[str]]) -> Read:
    """The values of a URL's parameters. A name that is there more than once counts as its last."""
    values, problems = dict[str, Any](), list[RequestError]()
    for name in (name for name in kinds if name in given):
        try:
            values[name] = read(kinds[name], name, given[name][-1])
        except RequestError as error:
            problems.append(error)
    return Read(values, tuple(problems))


def misspelt(known: Iterable[str], given: Iterable[str]) -> tuple[str, ...]:
    """A sentence on each unknown name that is nearly a known one; any other is somebody else's."""
    names = [*known]
    unknown = [name for name in given if name not in names and len(name) <= LONGEST_NAME]
    near = {name: get_close_matches(name, names, 1, ALIKE) for name in unknown[:MOST_UNKNOWN]}
    return tuple(
        f"{name}: there is no such parameter here. Nearest: {found[0]}."
        for name, found in near.items()
        if found
    )


def refused(kinds: Mapping[str, Kind], taken: Values, shown: Values) -> tuple[RequestError, ...]:
    """What was taken of a URL and then not shown, since it is not there to choose."""
    pairs = [(name, kinds[name].write(taken[name]), kinds[name].write(value))
             for name, value in shown.items() if name in taken and name in kinds]  # fmt: skip
    reason = "it cannot be chosen here; this is shown instead: {}."
    return tuple(
        RequestError(name, asked, reason.format(now or "nothing"))
        for name, asked, now in pairs
        if asked != now
    )


def write_link(kinds: Mapping[str, Kind], values: Values) -> Written:
    """Those values as a URL has them. Where all of it would be too long, the longest stay out."""
    texts = {name: kinds[name].write(values[name]) for name in kinds if name in values}
    left_out = [name for name, text in texts.items() if not _can_be_read(kinds[name], name, text)]
    kept = {name: text for name, text in texts.items() if name not in left_out}
    while len(urlencode(kept)) > LONGEST_URL:
        longest = max(kept, key=lambda name: len(urlencode({name: kept[name]})))
        left_out.append(longest)
        del kept[longest]
    return Written(kept, tuple(left_out))


def _can_be_read(kind: Kind, name: str, text: str) -> bool:
    try:
        read(kind, name, text)
    except RequestError:
        return False
    return True
