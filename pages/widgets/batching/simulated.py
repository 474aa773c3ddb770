"""Simulations as they were made: kept by what they are of, so that a slider costs what it changes.

Beside `state`, a module that touches Streamlit's caches. Each simulation has a lock of its own
there: sessions that ask for different ones never wait for each other. Curves take a second, so they
are made in steps, between which a person can go on.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.analysis.batching.curve import Curve, curve_of, rates_for
from core.analysis.batching.settled import at_any_rate
from core.analysis.batching.step_time import FittedSteps, fit_calibration
from core.analysis.batching.study import PolicyStudy, study_policy
from core.results.serving import Calibration
from core.variants.load import Load
from core.variants.policy import Policy
from pages.widgets.batching.kept import Kept

MOST_CURVES = 128
NICE, DECADES = (1, 1.5, 2, 3, 4, 5, 7), range(-6, 7)


@dataclass(frozen=True)
class Steps:
    """Fitted step times, and the key by which all that is simulated with them is kept."""

    key: str
    calibration: Calibration
    fitted: FittedSteps


@st.cache_resource(max_entries=8, show_spinner=False)
def steps_of(key: str, _calibration: Calibration) -> Steps:
    """The fits of a calibration; raises RequestError where there are too few samples."""
    return Steps(key, _calibration, fit_calibration(_calibration))


def expected(load: Load, policy: Policy, steps: Steps, usd_per_hour: float | None) -> PolicyStudy:
    """The load at its own rate under that policy."""
    return _expected(load.id, policy.id, steps.key, usd_per_hour, load, policy, steps)


@st.cache_resource(max_entries=16, show_spinner=False)
def _expected(
    load_id: str,  # noqa: ARG001 - the key of the cache, with the next two
    policy_id: str,  # noqa: ARG001
    steps_key: str,  # noqa: ARG001
    usd_per_hour: float | None,
    _load: Load,
    _policy: Policy,
    _steps: Steps,
) -> PolicyStudy:
    context = _steps.calibration.context
    return study_policy(_load, _policy, _steps.fitted, context, usd_per_hour)


def rates(load: Load, policies: Sequence[Policy], steps: Steps) -> tuple[float, ...]:
    """The arrival rates to look at: round ones, so that they stay the same when a policy changes a
    little; none of a load in which all requests come at once.
    """
    if load.mean_rate_per_s is None:
        return ()
    like = at_any_rate(load)
    ids = tuple(policy.id for policy in policies)
    low, high = _ends(like.id, ids, steps.key, like, policies, steps)
    return tuple(nice_rates(low, high))


@st.cache_resource(max_entries=16, show_spinner=False)
def _ends(
    load_id: str,  # noqa: ARG001 - the key of the cache, with the next two
    policy_ids: tuple[str, ...],  # noqa: ARG001
    steps_key: str,  # noqa: ARG001
    _load: Load,
    _policies: Sequence[Policy],
    _steps: Steps,
) -> tuple[float, float]:
    found = rates_for(_load, _policies, _steps.fitted)
    return found[0], found[-1]


def nice_rates(low: float, high: float) -> list[float]:
    """Round rates from the last one up to `low` to the first one from `high` on."""
    nice = [float(f"{digit}e{decade}") for decade in DECADES for digit in NICE]
    first = max((rate for rate in nice if rate <= low), default=nice[0])
    last = min((rate for rate in nice if rate >= high), default=nice[-1])
    return [rate for rate in nice if first <= rate <= last]


@st.cache_resource(show_spinner=False)
def _curves() -> Kept[Curve]:
    return Kept(MOST_CURVES)


def known_curves(
    load: Load,
    policies: Sequence[Policy],
    steps: Steps,
    at: tuple[float, ...],
    usd_per_hour: float | None,
) -> list[Curve] | None:
    """The policies over those rates, where all of it was simulated before; neither the load's own
    rate nor its length matters.
    """
    found = [_curves().get(_key(load, policy, steps, at, usd_per_hour)) for policy in policies]
    known = [curve for curve in found if curve is not None]
    return known if len(known) == len(found) else None


def simulate_curves(
    load: Load,
    policies: Sequence[Policy],
    steps: Steps,
    at: tuple[float, ...],
    usd_per_hour: float | None,
    tell: Callable[[Policy], object] = lambda _: None,
) -> None:
    """Make those known that are not. `tell` hears of each simulation before it begins, and may end
    them by raising; what was finished before is kept.
    """
    like = at_any_rate(load)
    for policy in policies:
        key = _key(load, policy, steps, at, usd_per_hour)
        if _curves().get(key) is None:
            tell_of = partial(tell, policy)
            _curves().put(key, curve_of(like, policy, steps.fitted, at, usd_per_hour, tell_of))


def _key(
    load: Load, policy: Policy, steps: Steps, at: tuple[float, ...], usd_per_hour: float | None
) -> Hashable:
    return (at_any_rate(load).id, policy.id, steps.key, at, usd_per_hour)
