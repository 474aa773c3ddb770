"""What the page says of a load that comes faster than it can be served."""

from core.variants.load import build_load
from pages.widgets.batching.simulated_view import overload_words

PERIODS = {"arrivals": "bursts", "on_s": 10, "off_s": 20, "rate_per_s": 10}


def test_the_rate_is_the_one_at_which_requests_come() -> None:
    short, long = build_load({**PERIODS, "requests": 100}), build_load({**PERIODS, "requests": 600})
    assert overload_words(short, ["static"], ["static"]).startswith("30.0 requests/s are more than")
    assert overload_words(long, ["static"], ["static"]).startswith("10.0 requests/s are more than")
