"""What the page of claims keeps: the trials of this server, their plans, and the session's choices.

Beside `state`, the only module of that page that touches the session and Streamlit's caches.
"""

import streamlit as st

from core.analysis.claims.claim import Setting
from core.analysis.claims.register import CLAIMS
from core.experiments.claims.claim_schedule import Schedule, setting_of
from core.experiments.claims.claims import Claims
from pages.widgets import experiment_state, mode_state, state

THOROUGH, DEVICE = "claims_thorough", "claims_device"
# A plan reads many runs of the history; how long a trial takes hardly changes within a minute.
PLANS_LAST_S = 60


def claims() -> Claims:
    """The trials of this server, or those of the sample data."""
    return _claims(mode_state.shown())


@st.cache_resource(show_spinner=False)
def _claims(shown: str) -> Claims:  # noqa: ARG001 - the key of the cache
    return Claims(experiment_state.conductor())


def setting() -> Setting:
    """This machine with the device that is chosen."""
    return setting_of(state.environment(), st.session_state.get(DEVICE))


def thorough() -> bool:
    """Whether trials may take long."""
    return bool(st.session_state.get(THOROUGH))


def plans() -> dict[int, Schedule]:
    """What a trial of each claim would measure now, by its number."""
    return _plans(mode_state.shown(), setting().device.key, thorough())


@st.cache_resource(ttl=PLANS_LAST_S, show_spinner=False)
def _plans(
    shown: str,  # noqa: ARG001 - a part of the cache's key
    device: str,
    long: bool,
) -> dict[int, Schedule]:
    here = setting_of(state.environment(), device)
    return {claim.number: claims().schedule(claim.number, here, long) for claim in CLAIMS}


def measure(number: int) -> None:
    """Begin a trial; what stops it becomes the claim's notice."""
    state.attempt(topic(number), lambda: claims().start(number, setting(), thorough()))


def measure_all(numbers: list[int]) -> None:
    """Begin a trial of each of these claims, one after the other."""
    for number in numbers:
        measure(number)


def resume(number: int, experiment_id: str) -> None:
    """Go on with a trial that was stopped."""
    environment = state.environment()
    state.attempt(topic(number), lambda: claims().resume(experiment_id, environment))


def stop_all(experiment_ids: list[str]) -> None:
    """Stop trials of this server, the last one first, so that none begins in between."""
    for experiment_id in reversed(experiment_ids):
        claims().stop(experiment_id)


def topic(number: int) -> str:
    """The topic of a claim's notices."""
    return f"claim_{number}"
