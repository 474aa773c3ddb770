"""What the Batching page keeps: which load test is open (`?load=…`), which steps are being measured
(`?steps=…`), plans and stored load tests as they were read.

Beside `state`, a module that touches Streamlit's session, the URL and caches.
"""

from dataclasses import dataclass

import streamlit as st

from core.analysis.batching.agreement import Agreement
from core.experiments.batching.comparing import agreements
from core.experiments.batching.load_picture import ListedLoadTest, LoadPicture, StoredLoadTest
from core.experiments.batching.load_plan import LoadPlan
from core.experiments.batching.load_request import LoadTestRequest
from core.experiments.batching.load_tests import LoadTests
from core.results.serving import Calibration
from pages.widgets import mode_state, state
from pages.widgets.batching.simulated import Steps, steps_of
from pages.widgets.experiment_state import conductor
from pages.widgets.past_runs import Stamp, history_stamp

LOAD, STEPS = "load", "steps"
NOTICE, STEPS_NOTICE = "load_test", "load_steps"
KEPT_S = 60


@dataclass(frozen=True)
class Known:
    """Stored steps of a variant: the load test that measured them, whether they cover all sizes
    that are asked for, and how long measuring took, where it measured nothing else.
    """

    experiment_id: str
    calibration: Calibration
    covers: bool
    took_s: float | None


def load_tests() -> LoadTests:
    """The load tests of this server, or those of the sample data."""
    return _load_tests(mode_state.shown())


@st.cache_resource(show_spinner=False)
def _load_tests(shown: str) -> LoadTests:  # noqa: ARG001 - the key of the cache
    return LoadTests(conductor())


def opened() -> str | None:
    """The load test that the URL opens."""
    return st.query_params.get(LOAD)


def open_test(experiment_id: str) -> None:
    """Open a load test, and make the URL a link to it alone."""
    st.query_params.pop(STEPS, None)
    st.query_params[LOAD] = experiment_id


def close_test() -> None:
    """Go back to the controls."""
    st.query_params.pop(LOAD, None)


def followed_steps() -> str | None:
    """The load test whose steps are being measured, as the URL says."""
    return st.query_params.get(STEPS)


def measure(request: LoadTestRequest) -> None:
    """Begin a load test and open it; a refusal becomes a notice."""
    state.attempt(NOTICE, lambda: open_test(load_tests().start(request, state.environment())))


def calibrate(request: LoadTestRequest) -> None:
    """Begin to measure steps alone, and follow that; a refusal becomes a notice."""

    def start() -> None:
        st.query_params[STEPS] = load_tests().start(request, state.environment())

    state.attempt(STEPS_NOTICE, start)


def resume(experiment_id: str) -> None:
    """Go on with a load test; a refusal becomes a notice."""
    state.attempt(NOTICE, lambda: load_tests().resume(experiment_id, state.environment()))


def listed() -> list[ListedLoadTest]:
    """The newest load tests, read anew once the history has changed."""
    return _listed(history_stamp())


@st.cache_resource(max_entries=2, ttl=KEPT_S, show_spinner=False)
def _listed(stamp: Stamp) -> list[ListedLoadTest]:  # noqa: ARG001 - the key of the cache
    return load_tests().listed()


def measuring_now() -> bool:
    """Whether something is measured on this machine, as far as this server knows."""
    return bool(state.own_manager().active()) or any(test.active for test in listed())


def known_steps(request: LoadTestRequest) -> Known | None:
    """The newest stored steps of the variant that cover the request, else the newest at all."""
    return _known(request.variant.id, request.range.id, history_stamp(), request)


@st.cache_resource(max_entries=4, ttl=KEPT_S, show_spinner=False)
def _known(
    variant_id: str,  # noqa: ARG001 - the key of the cache, with the next two
    range_id: str,  # noqa: ARG001
    stamp: Stamp,  # noqa: ARG001
    _request: LoadTestRequest,
) -> Known | None:
    tests, environment, variant = load_tests(), state.environment(), _request.variant
    anywhere = mode_state.is_sample()  # nothing of it was measured here
    covering = tests.steps_of(variant, environment, _request.range, anywhere=anywhere)
    found = covering or tests.steps_of(variant, environment, anywhere=anywhere)
    if found is None or found.result.calibration is None:
        return None
    measured_in = found.result.calibrated_in or found.experiment_id
    return Known(measured_in, found.result.calibration, covering is not None, _took_s(found))


def _took_s(test: StoredLoadTest) -> float | None:
    """How long measuring steps took; None of a test that did other things, or waited for them."""
    if test.finished_at is None or test.request.measured or test.result.calibrated_in:
        return None
    return (test.finished_at - test.created_at).total_seconds()


def steps_in(known: Known) -> Steps:
    """Their fits; raises RequestError where there are too few samples."""
    when = known.calibration.measured_at
    return steps_of(f"{known.experiment_id} {when}", known.calibration)


def plan(request: LoadTestRequest) -> LoadPlan:
    """What a load test would use, take and refuse, made anew once the history has changed."""
    return _plan(request.model_dump_json(), history_stamp(), request)


@st.cache_resource(max_entries=4, ttl=KEPT_S, show_spinner="Planning …")
def _plan(
    asked: str,  # noqa: ARG001 - the key of the cache, with the next one
    stamp: Stamp,  # noqa: ARG001
    _request: LoadTestRequest,
) -> LoadPlan:
    return load_tests().plan(_request, state.environment())


def found(experiment_id: str) -> LoadPicture | StoredLoadTest | None:
    """A load test as this process runs it, else as the history has it."""
    tests = load_tests()
    return tests.picture(experiment_id) or tests.get(experiment_id, state.environment())


def compared(
    shown: LoadPicture | StoredLoadTest, usd_per_hour: float | None
) -> tuple[Agreement, ...]:
    """What was measured, held against its simulation."""
    key = (shown.experiment_id, len(shown.result.measured), usd_per_hour)
    return _compared(key, shown)


@st.cache_resource(max_entries=16, show_spinner=False)
def _compared(
    key: tuple[str, int, float | None], _shown: LoadPicture | StoredLoadTest
) -> tuple[Agreement, ...]:
    return agreements(_shown.request, _shown.result, key[2])
