"""A load in words."""

from core.analysis.batching.figures import FIGURES
from core.analysis.batching.load_words import load_words
from core.variants.load import Load
from core.variants.policy import POLICIES, PolicyKind


def test_a_load_keeps_its_own_rate_unless_it_is_served_at_others() -> None:
    load = Load(requests=20, rate_per_s=0.5)
    assert "20 requests, poisson, at 0.500 requests/s;" in load_words(load)
    several = load_words(load, (1.0, 2.0, 8.0))
    assert "20 requests, poisson, at 1.00, 2.00 and 8.00 requests/s;" in several


def test_of_a_time_more_requests_come_at_a_higher_rate() -> None:
    words = load_words(Load(duration_s=50, rate_per_s=1.0), (0.5, 4.0))
    few, _, many = words.partition(" requests,")[0].split()
    assert int(few) < 50 < int(many)


def test_it_is_said_what_becomes_of_the_last_static_batch() -> None:
    assert "served as a smaller batch" in POLICIES[PolicyKind.STATIC].summary


def test_ttft_says_whether_anybody_saw_that_token() -> None:
    assert "hand answers over whole" in FIGURES["ttft_p50_s"].help
