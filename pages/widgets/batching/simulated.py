"""Simulations as they were made: kept by what they are of, so that a slider costs what it changes.

Beside `state`, a module that touches Streamlit's caches. Each simulation has a lock of its own
there: sessions that ask for different ones never wait for each other.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.analysis.batching.capacity import load_problems
from core.analysis.batching.curve import Curve, curve_of, rates_for
from core.analysis.batching.serving_metrics import ServingMetrics, serving_metrics
from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import FittedSteps, extrapolations, fit_calibration
from core.errors import RequestError
from core.results.serving import Calibration, ServedLoad
from core.variants.load import Load
from core.variants.policy import Policy

ANY_RATE_PER_S = 1.0  # by which a curve's load is kept: the curve stretches it anyway


@dataclass(frozen=True)
class Steps:
    """Fitted step times, and the key by which all that is simulated with them is kept."""

    key: str
    calibration: Calibration
    fitted: FittedSteps


@dataclass(frozen=True)
class Expected:
    """What a policy is expected to do with a load; `extrapolated` says in sentences where steps
    went beyond those measured. Without a price there is no cost.
    """

    policy: Policy
    served: ServedLoad
    metrics: ServingMetrics
    problems: tuple[RequestError, ...]
    extrapolated: tuple[str, ...]


@st.cache_resource(max_entries=8, show_spinner=False)
def steps_of(key: str, _calibration: Calibration) -> Steps:
    """The fits of a calibration; raises RequestError where there are too few samples."""
    return Steps(key, _calibration, fit_calibration(_calibration))


def expected(load: Load, policy: Policy, steps: Steps, usd_per_hour: float | None) -> Expected:
    """The load at its own rate under that policy."""
    return _expected(load.id, policy.id, steps.key, usd_per_hour, load, policy, steps)


@st.cache_resource(max_entries=128, show_spinner=False)
def _expected(
    load_id: str,  # noqa: ARG001 - the key of the cache, with the next two
    policy_id: str,  # noqa: ARG001
    steps_key: str,  # noqa: ARG001
    usd_per_hour: float | None,
    _load: Load,
    _policy: Policy,
    _steps: Steps,
) -> Expected:
    served = simulate(_load, _policy, _steps.fitted)
    problems = load_problems(_load, _policy, _steps.fitted, _steps.calibration.context)
    metrics = serving_metrics(served, usd_per_hour)
    beyond = extrapolations(served, _steps.fitted)
    return Expected(_policy, served, metrics, problems, beyond)


def rates(load: Load, policies: Sequence[Policy], steps: Steps) -> tuple[float, ...]:
    """The arrival rates to look at; none of a load in which all requests come at once."""
    with contextlib.suppress(RequestError):
        at_any_rate = load.at_rate(ANY_RATE_PER_S)
        key = tuple(policy.id for policy in policies)
        return _rates(at_any_rate.id, key, steps.key, at_any_rate, policies, steps)
    return ()


@st.cache_resource(max_entries=64, show_spinner=False)
def _rates(
    load_id: str,  # noqa: ARG001 - the key of the cache, with the next two
    policy_ids: tuple[str, ...],  # noqa: ARG001
    steps_key: str,  # noqa: ARG001
    _load: Load,
    _policies: Sequence[Policy],
    _steps: Steps,
) -> tuple[float, ...]:
    return rates_for(_load, _policies, _steps.fitted)


def curve(
    load: Load, policy: Policy, steps: Steps, at: tuple[float, ...], usd_per_hour: float | None
) -> Curve:
    """The policy over those rates; the load's own rate does not matter."""
    at_any_rate = load.at_rate(ANY_RATE_PER_S)
    ids = (at_any_rate.id, policy.id, steps.key)
    return _curve(ids, at, usd_per_hour, at_any_rate, policy, steps)


@st.cache_resource(max_entries=128, show_spinner=False)
def _curve(
    ids: tuple[str, str, str],  # noqa: ARG001 - the key of the cache, with the next two
    at: tuple[float, ...],
    usd_per_hour: float | None,
    _load: Load,
    _policy: Policy,
    _steps: Steps,
) -> Curve:
    return curve_of(_load, _policy, _steps.fitted, at, usd_per_hour)
