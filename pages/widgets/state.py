"""All that outlives one run of a page's script: session state, the URL, and what is cached.

The only module that touches `st.session_state`, `st.query_params` and Streamlit's caches.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.analysis.cost import Price, price_of_run
from core.errors import HistoryError, RequestError
from core.jobs.job import JobSnapshot
from core.jobs.manager import JobManager
from core.results.types import Outcome, RunResult
from core.variants.environment import Environment, read_environment
from core.variants.request import FIELDS, build_spec, flat_values
from core.variants.spec import RunSpec

JOB = "job"
RUN = "run"
CURRENT_JOB = "current_job"
PROMPT_KIND = "prompt_kind"
TEXT, SYNTHETIC = "Text", "Synthetic tokens"
DEFAULT_PROMPT_TOKENS = 128
PRICE = "price_per_hour"
TASK = "task"
TASK_FILE = "task_file"
FIRST_VALUES = "first_values"
DELETED = "deleted"
PriceOf = Callable[[Outcome | None], float]


def make_manager() -> JobManager:
    """A job manager over the person's history and this machine's workers."""
    return JobManager()


@st.cache_resource(show_spinner=False)
def manager() -> JobManager:
    """The one job manager of this server."""
    return make_manager()


@st.cache_resource(ttl=5, show_spinner=False)
def environment() -> Environment:
    """This machine, read at most every five seconds."""
    return read_environment()


def start_controls(defaults: Mapping[str, object]) -> None:
    """Give each control its first value in this session: of the linked job, or the default."""
    if PROMPT_KIND in st.session_state:
        return
    linked = manager().snapshot(st.query_params.get(JOB, "")) if JOB in st.query_params else None
    given = flat_values(linked.spec) if linked else {}
    st.session_state[PROMPT_KIND] = SYNTHETIC if "prompt_tokens" in given else TEXT
    first = {**first_values(), **defaults, **given}
    st.session_state[FIRST_VALUES] = first
    for name, value in first.items():
        st.session_state[name] = value


def first_value(field: str) -> Any:
    """What a field had when this session began. A widget that is drawn with it shows it at once;
    one that only finds it in the session shows an empty field, or 0, until it is told.
    """
    return st.session_state[FIRST_VALUES][field]


def first_values() -> dict[str, Any]:
    """The default of every field, and of both kinds of prompt."""
    usual = flat_values(build_spec({}))
    return {"revision": "", **usual, "prompt_tokens": DEFAULT_PROMPT_TOKENS, TASK: ""}


def chosen() -> dict[str, Any]:
    """The fields' values as the controls have them now, with one of the two prompts, and with a
    task only where one was given.
    """
    unused = {"prompt_tokens" if prompt_is_text() else "prompt"}
    if not typed(TASK).strip():
        unused.add(TASK)
    values = {name: st.session_state[name] for name in FIELDS if name not in unused}
    return {**values, "revision": values["revision"] or None}


def prompt_is_text() -> bool:
    """Whether the prompt is a text, and not so many synthetic tokens."""
    return bool(st.session_state[PROMPT_KIND] == TEXT)


def choose(field: str, value: str) -> None:
    """Set a closed field."""
    st.session_state[field] = value


def take_task_file() -> None:
    """Make the uploaded file the task; one that is no text leaves a notice instead."""
    uploaded = st.session_state[TASK_FILE]
    if uploaded is None:
        return
    try:
        st.session_state[TASK] = uploaded.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        leave_notice(f"{uploaded.name} is no text in UTF-8.", TASK)


def settle_weights() -> None:
    """Another model was picked: give it the weights that it usually has on this machine."""
    with contextlib.suppress(RequestError):
        source = {"model": st.session_state["model"], "revision": st.session_state["revision"]}
        st.session_state["weights"] = str(build_spec(source).variant.weights)


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


def followed_job() -> JobSnapshot | None:
    """The job that this session follows; None where there is none or it is unknown."""
    run_id = followed_id()
    return manager().snapshot(run_id) if run_id else None


def price_field(device: str) -> str:
    """The key of the field with that device's price per hour."""
    return f"{PRICE}_{device}"


def table_price(result: RunResult) -> Price:
    """The table's price for a run's device, which its field has until it is changed."""
    return price_of_run(result, environment().cpu_count)


def price_of() -> PriceOf:
    """Each run's price per hour as this session has it now, in US dollars; 0 where nothing was
    measured. It knows no session later on, so that a download may use it.
    """
    own = {key: value for key, value in st.session_state.items() if str(key).startswith(PRICE)}
    processors = environment().cpu_count

    def price(outcome: Outcome | None) -> float:
        if not isinstance(outcome, RunResult):
            return 0.0
        edited = own.get(price_field(outcome.spec.variant.device))
        return price_of_run(outcome, processors).usd_per_hour if edited is None else float(edited)

    return price


def history_problem() -> str | None:
    """Why the history cannot be read now; None where it can."""
    try:
        manager().history.queue_place("")
    except HistoryError as error:
        return str(error)
    return None


def similar_results(spec: RunSpec, limit: int) -> list[RunResult]:
    """Measured runs like this one; none where the history cannot be read."""
    with contextlib.suppress(HistoryError):
        return manager().history.similar_results(spec, limit)
    return []


def uncompiled_twin(spec: RunSpec) -> RunResult | None:
    """The same run uncompiled; None where none was measured or the history cannot be read."""
    with contextlib.suppress(HistoryError):
        return manager().history.uncompiled_twin(spec)
    return None


def baseline(model: str) -> RunResult | None:
    """What runs of that model are compared with; None where there is none to be read."""
    with contextlib.suppress(HistoryError):
        return manager().history.baseline(model)
    return None


def is_pinned(model: str) -> bool:
    """Whether that model's baseline was pinned by a person."""
    with contextlib.suppress(HistoryError):
        return manager().history.pinned_baseline(model) is not None
    return False


def pin(model: str, run_id: str) -> None:
    """Make a run the baseline of its model, for everybody."""
    attempt("baseline", lambda: manager().history.pin_baseline(model, run_id))


def unpin(model: str) -> None:
    """Give a model its default baseline again."""
    attempt("baseline", lambda: manager().history.unpin_baseline(model))


def opened_run() -> str | None:
    """The run that the URL of the history opens."""
    return st.query_params.get(RUN)


def open_run(run_id: str) -> None:
    """Open a run, and make the URL a link to it."""
    st.query_params[RUN] = run_id


def close_run() -> None:
    """Go back to the list."""
    st.query_params.pop(RUN, None)


def typed(key: str) -> str:
    """What stands in a text field."""
    return str(st.session_state.get(key) or "")


def note_deleted(run_ids: tuple[str, ...]) -> None:
    """Remember what was deleted last, for undo; nothing after an undo."""
    st.session_state[DELETED] = run_ids


def last_deleted() -> tuple[str, ...]:
    """What this session deleted last and has not restored."""
    return tuple(st.session_state.get(DELETED, ()))


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
