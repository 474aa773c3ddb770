"""Batching's link: of a new load test the load, the policies, the variant and how it is measured;
of an open one what its plots show.
"""

from core.experiments.batching.load_request import MOST_REPEATS
from core.variants.policy import PolicyKind
from core.variants.spec import VariantSpec
from pages.widgets.batching import batching_state, load_state
from pages.widgets.batching.agreement_view import PLOT_TABS, PLOTS_TAB, SHOWN_RATE
from pages.widgets.batching.calibration_panel import LONGEST_S
from pages.widgets.batching.curves_view import CURVES, TABS
from pages.widgets.batching.measure_panel import MOST_MINUTES
from pages.widgets.batching.timeline_view import TITLE, timeline_key
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import choice, decimal, listed, named, text, toggle, whole
from pages.widgets.links.load_link import load_link
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.price_link import price_link
from pages.widgets.links.request_link import request_link

MEASURED = "measured"
USUAL, KEY = load_state.MEASURING, load_state.key_of
MEASURING = {
    "calibration_s": Keyed(KEY("calibration_s"), whole(1, LONGEST_S), USUAL["calibration_s"]),
    "repeats": Keyed(KEY("repeats"), whole(1, MOST_REPEATS), USUAL["repeats"]),
    "most_minutes": Keyed(KEY("most_minutes"), whole(1, MOST_MINUTES), USUAL["most_minutes"]),
    "overloads": Keyed(KEY("overloads"), toggle(), USUAL["overloads"]),
    "devices": Keyed(load_state.SPREAD, listed(text()), []),
}
CURVE_NAMES = {
    "time": TITLE,
    "latency": "End-to-end",
    "ttft": "TTFT",
    "queue": "Time in queue",
    "goodput": "Goodput",
    "throughput": "Throughput",
    "cost": "Cost",
    "padding": "Padding",
}
EXPECTED = {
    "timeline": Keyed(timeline_key("expected"), text()),
    "curves": Keyed(CURVES, named(CURVE_NAMES), TABS[0]),
}
PLOT_NAMES = ("answers", "time")
OPENED = {
    "plots": Keyed(PLOTS_TAB, named(dict(zip(PLOT_NAMES, PLOT_TABS, strict=True))), PLOT_TABS[0]),
    "rate": Keyed(SHOWN_RATE, decimal()),
    "timeline": Keyed(timeline_key("test"), text()),
}


def batching_link() -> PageLink:
    """The controls, or the load test that is open."""
    if batching_state.opened() is not None:
        return both(keyed_link(OPENED), price_link())
    variant = request_link([*VariantSpec.model_fields])
    measured = PageLink({MEASURED: listed(choice([*PolicyKind]))}, _measured, _take_measured)
    parts = (load_link(), measured, keyed_link(MEASURING), variant, keyed_link(EXPECTED))
    return both(*parts, price_link())


def _measured() -> Values:
    """The policies that are measured of those that are on, where any of these is not."""
    left_out = load_state.not_measured()
    on = [str(values["kind"]) for values in load_state.policy_values()]
    chosen = [kind for kind in on if kind not in left_out]
    return {} if chosen == on else {MEASURED: chosen}


def _take_measured(given: Values) -> None:
    chosen = given.get(MEASURED, [*PolicyKind])
    for kind in PolicyKind:
        load_state.put(load_state.measure_field(kind), kind in chosen)
