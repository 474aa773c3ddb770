"""Explore's link: the fields of the request under their own names, and what the result shows.

A link of before, that names a job and no field, has the fields of the job's run. So a link with a
job always names the model too.
"""

from core.variants.request import FIELDS
from pages.widgets import state
from pages.widgets.economics_view import MOST_REQUESTS, REQUESTS, USUAL_REQUESTS
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import named, whole
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.price_link import price_link
from pages.widgets.links.request_link import KINDS, named_fields, request_link
from pages.widgets.result_view import RESULT_TABS, TABS


def explore_link() -> PageLink:
    """All of Explore."""
    return both(PageLink(KINDS, _values, _take), result_link(), price_link())


def result_link() -> PageLink:
    """What is shown of a result: its open tab, and how many requests share a cold start."""
    return keyed_link(
        {
            "tab": Keyed(
                RESULT_TABS, named({name.lower(): name for name in TABS}), next(iter(TABS))
            ),
            "requests": Keyed(REQUESTS, whole(1, MOST_REQUESTS), USUAL_REQUESTS),
        }
    )


def _values() -> Values:
    return named_fields(FIELDS, with_model=state.followed_id() is not None)


def _take(given: Values) -> None:
    request_link(FIELDS).take(given or state.linked_fields())
    state.unfollow()
