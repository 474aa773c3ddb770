"""What the Sweep page keeps: which sweep is open (`?sweep=…`), and plans as they were made.

Beside `state`, a module that touches Streamlit's session, the URL and caches.
"""

from collections.abc import Sequence

import streamlit as st

from core.experiments.sweeps.judging import Judged, judge, known_objectives
from core.experiments.sweeps.preparation import Prepared, prepare
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.experiments.sweeps.sweeps import Sweeps
from core.results.candidate import Candidate
from core.variants.environment import Environment
from pages.widgets import mode_state, state
from pages.widgets.experiment_state import conductor
from pages.widgets.past_runs import Stamp, history_stamp

SWEEP = "sweep"
NOTICE = "sweep"
PLAN_S = 60


def sweeps() -> Sweeps:
    """The sweeps of this server, or those of the sample data."""
    return _sweeps(mode_state.shown())


@st.cache_resource(show_spinner=False)
def _sweeps(shown: str) -> Sweeps:  # noqa: ARG001 - the key of the cache
    return Sweeps(conductor())


def opened() -> str | None:
    """The sweep that the URL opens."""
    return st.query_params.get(SWEEP)


def open_sweep(experiment_id: str) -> None:
    """Open a sweep, and make the URL a link to it."""
    st.query_params[SWEEP] = experiment_id


def close_sweep() -> None:
    """Go back to the grid."""
    st.query_params.pop(SWEEP, None)


def picture(experiment_id: str) -> SweepPicture | None:
    """How a sweep stands."""
    return sweeps().picture(experiment_id, state.environment())


def start(request: SweepRequest, stages: Sequence[Stage]) -> None:
    """Begin a sweep and open it; a refusal becomes a notice."""
    asked = request.model_copy(update={"stages": tuple(stages)})
    state.attempt(NOTICE, lambda: open_sweep(sweeps().start(asked, state.environment())))


def resume(experiment_id: str) -> None:
    """Go on with a sweep; a refusal becomes a notice."""
    state.attempt(NOTICE, lambda: sweeps().resume(experiment_id, state.environment()))


def planned(request: SweepRequest) -> Prepared:
    """The plan of a request, made anew once the history has changed."""
    relevant = request.model_dump_json(include={"axes", "together", "base", "fresh", "devices"})
    return _planned(relevant, history_stamp(), request, state.environment())


@st.cache_resource(max_entries=4, ttl=PLAN_S, show_spinner="Planning …")
def _planned(
    relevant: str,  # noqa: ARG001 - the key of the cache, with the next one
    stamp: Stamp,  # noqa: ARG001
    _request: SweepRequest,
    _environment: Environment,
) -> Prepared:
    return prepare(_request, state.manager().history, _environment)


def judged(shown: SweepPicture, machine: str | None = None) -> Judged:
    """The Pareto set of a sweep's cells, of one machine if it is named."""
    key = (mode_state.shown(), shown.experiment_id)
    return _judged(key, shown.run_ids, machine, shown.request)


@st.cache_resource(max_entries=8, show_spinner=False)
def _judged(
    key: tuple[str, str],  # noqa: ARG001 - a part of the cache's key
    run_ids: tuple[str, ...],
    machine: str | None,
    _request: SweepRequest,
) -> Judged:
    return judge(_request, run_ids, state.manager().history, machine)


def candidates(shown: SweepPicture, metric: str) -> list[Candidate]:
    """The measured cells with one metric."""
    source = known_objectives(shown.request)[metric].source
    return _candidates(mode_state.shown(), shown.run_ids, source)


@st.cache_resource(max_entries=8, show_spinner=False)
def _candidates(
    shown: str,  # noqa: ARG001 - a part of the cache's key
    run_ids: tuple[str, ...],
    source: str,
) -> list[Candidate]:
    return state.manager().history.candidates([source], run_ids=set(run_ids)) if run_ids else []
