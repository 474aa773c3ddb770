"""All that outlives one run of a page's script: session state, the URL, and what is cached.

Beside it only the `*_state` modules touch `st.session_state` and `st.query_params`, and, apart from
the plots of `chart_view`, Streamlit's caches.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.errors import HistoryError, RequestError
from core.jobs.job import JobSnapshot
from core.jobs.limits import Limits
from core.jobs.manager import JobManager
from core.jobs.opening import ExecutorKind, executor_kind, open_manager
from core.jobs.slots import Slot
from core.variants.environment import Environment, read_environment
from core.variants.precision import Precision, own_compute_dtype
from core.variants.request import FIELDS, build_spec, flat_values, relevant
from core.variants.stop_strings import as_typed_lines
from pages.widgets import mode_state, sample_state
from pages.widgets.asker import this_session
from pages.widgets.links import across_state

JOB = "job"
RUN = "run"
CURRENT_JOB = "current_job"
PROMPT_KIND = "prompt_kind"
TEXT, SYNTHETIC = "Text", "Synthetic tokens"
DEFAULT_PROMPT_TOKENS = 128
MIXED = "mixed_lengths"
DEFAULT_SHORTEST_TOKENS = 1
TASK = "task"
FREE_TEXTS = ("revision", TASK)
FIRST_VALUES = "first_values"


def make_manager() -> JobManager:
    """A job manager over the person's history and this machine's workers, or a Ray cluster's."""
    return open_manager(wait=False, limits=Limits(this_session))


def manager() -> JobManager:
    """The job manager over what this session looks at: the person's history, or the sample data."""
    return sample_state.manager() if mode_state.is_sample() else own_manager()


@st.cache_resource(show_spinner=False)
def own_manager() -> JobManager:
    """The one job manager of this server that measures."""
    return make_manager()


def refused() -> str | None:
    """Why nothing can be started or changed in what is shown now; None where it can."""
    return manager().refused


@st.cache_resource(ttl=5, show_spinner=False)
def environment() -> Environment:
    """What can run here, read at most every five seconds: this machine, or of a cluster one device
    of each kind. Raises RequestError while a cluster is being joined.
    """
    if executor_kind(None) is ExecutorKind.RAY and own_manager().refused is None:
        return own_manager().environment()
    return read_environment()


@st.cache_resource(ttl=5, show_spinner=False)
def slots() -> tuple[Slot, ...]:
    """The devices that a sweep may be spread over, read at most every five seconds."""
    return own_manager().slots()


def start_controls(defaults: Mapping[str, object]) -> None:
    """Give each control its first value in this session: of the linked job, or the default."""
    if PROMPT_KIND in st.session_state:
        return
    given = linked_fields()
    put_controls({**first_values({**defaults, **given}), **kinds_of(given)})


def linked_fields() -> dict[str, Any]:
    """The fields of the run that the URL names as a job; none where it names none."""
    linked = manager().snapshot(st.query_params.get(JOB, "")) if JOB in st.query_params else None
    return flat_values(linked.spec) if linked else {}


def kinds_of(given: Mapping[str, object]) -> dict[str, Any]:
    """Which kind of prompt those fields ask for, and whether its lengths are mixed."""
    synthetic = "prompt_tokens" in given and "prompt" not in given
    return {
        PROMPT_KIND: SYNTHETIC if synthetic else TEXT,
        MIXED: "shortest_prompt_tokens" in given,
    }


def put_controls(values: Mapping[str, Any]) -> None:
    """Set controls before they are drawn, as if the session began with these values."""
    st.session_state[FIRST_VALUES] = {**st.session_state.get(FIRST_VALUES, {}), **values}
    for name, value in values.items():
        st.session_state[name] = value


def first_value(field: str) -> Any:
    """What a field had when this session began. A widget that is drawn with it shows it at once;
    one that only finds it in the session shows an empty field, or 0, until it is told.
    """
    return st.session_state[FIRST_VALUES][field]


def first_values(given: Mapping[str, object] | None = None) -> dict[str, Any]:
    """The value of every control for these values of fields, the defaults for the others.

    A number that may be left out is None, and so is the computing type where it is the
    precision's own, since it then follows the precision.
    """
    values = {**flat_values(build_spec({})), **(given or {})}
    own = own_compute_dtype(Precision(values["precision"]))
    return {
        **dict.fromkeys(FIELDS),
        **dict.fromkeys(FREE_TEXTS, ""),
        "prompt_tokens": DEFAULT_PROMPT_TOKENS,
        "shortest_prompt_tokens": DEFAULT_SHORTEST_TOKENS,
        **values,
        "compute_dtype": None if values["compute_dtype"] == own else values["compute_dtype"],
        "stop_strings": _typed_stop_strings(values["stop_strings"]),
    }


def _typed_stop_strings(value: Any) -> str:
    """A spec's stop strings as they are typed; a text is typed already."""
    return value if isinstance(value, str) else as_typed_lines(value)


def chosen() -> dict[str, Any]:
    """The fields' values as the controls have them now: with one of the two prompts, and without
    what was left empty or has no meaning with the rest.
    """
    return relevant(asked_now())


def asked(controls: Mapping[Any, Any]) -> dict[str, Any]:
    """The same of any controls, and with what has no meaning with the rest."""
    unused = {"prompt_tokens" if controls[PROMPT_KIND] == TEXT else "prompt"}
    if not controls[MIXED]:
        unused.add("shortest_prompt_tokens")
    values = {name: controls[name] for name in FIELDS if name not in unused}
    return {name: value for name, value in values.items() if not _left_empty(name, value)}


def asked_now() -> dict[str, Any]:
    """The fields' values as the controls have them now, whatever they mean with the rest."""
    return asked(st.session_state)


def _left_empty(name: str, value: object) -> bool:
    return value is None or (name in FREE_TEXTS and not str(value).strip())


def prompt_is_text() -> bool:
    """Whether the prompt is a text, and not so many synthetic tokens."""
    return bool(st.session_state[PROMPT_KIND] == TEXT)


def lengths_are_mixed() -> bool:
    """Whether the rows of a batch get prompts of different lengths."""
    return bool(st.session_state[MIXED])


def choose(field: str, value: str) -> None:
    """Set a closed field."""
    st.session_state[field] = value


def follow(run_id: str) -> None:
    """Make this the session's job, and the URL a link to it."""
    st.session_state[CURRENT_JOB] = run_id
    st.query_params[JOB] = run_id


def followed_id() -> str | None:
    """The run id in the URL, else the one that this session followed last."""
    linked = st.query_params.get(JOB)
    run_id: str | None = linked or st.session_state.get(CURRENT_JOB)
    if run_id and (run_id != linked or run_id != st.session_state.get(CURRENT_JOB)):
        follow(run_id)
    return run_id


def unfollow() -> None:
    """Follow no job, as a link that names none."""
    if JOB not in st.query_params:
        st.session_state.pop(CURRENT_JOB, None)


def followed_job() -> JobSnapshot | None:
    """The job that this session follows; None where there is none or it is unknown."""
    run_id = followed_id()
    return manager().snapshot(run_id) if run_id else None


def opened_run() -> str | None:
    """The run that the URL of the history opens."""
    return across_state.named_id(RUN)


def open_run(run_id: str) -> None:
    """Open a run, and make the URL a link to it."""
    across_state.put_id(RUN, run_id)


def close_run() -> None:
    """Go back to the list."""
    across_state.put_id(RUN, None)


def typed(key: str) -> str:
    """What stands in a text field."""
    return str(st.session_state.get(key) or "")


def picked(key: str) -> list[str]:
    """What is picked in a field of several."""
    return list(st.session_state.get(key) or ())


def attempt(topic: str, act: Callable[[], object]) -> bool:
    """Carry out a change of a callback, where no page's error boundary stands around it; what
    stops it becomes the notice on that topic.
    """
    try:
        act()
    except (HistoryError, RequestError) as error:
        leave_notice(str(error), topic)
        return False
    return True


def leave_notice(text: str, topic: str) -> None:
    """Keep a message on a topic for the next drawing of the page."""
    st.session_state[f"notice_{topic}"] = text


def take_notice(topic: str) -> str | None:
    """The message that was left on that topic, once."""
    text: str | None = st.session_state.pop(f"notice_{topic}", None)
    return text
