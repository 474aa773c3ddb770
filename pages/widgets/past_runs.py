"""What the history says of earlier runs, and nothing where it cannot be read.

Beside `state`, a module that touches Streamlit's caches: to read twenty runs takes longer than to
draw what is told of them.
"""

import contextlib
from collections.abc import Hashable

import streamlit as st

from core.errors import HistoryError
from core.results.rescuing.rescue import Rescue
from core.results.types import RunResult
from core.variants.spec import RunSpec
from pages.widgets.state import attempt, manager

Stamp = Hashable


def history_stamp() -> Stamp:
    """Changes with every write to the history, whichever process wrote, and from one history to
    another: a key for caches. Raises HistoryError where that cannot be told.
    """
    history = manager().history
    return history.database.name, history.stamp()


def history_problem() -> str | None:
    """Why the history cannot be read now; None where it can."""
    try:
        manager().history.queue_place("")
    except HistoryError as error:
        return str(error)
    return None


def history_rescue() -> Rescue | None:
    """What became of a damaged history; None where it is sound, or cannot be read at all."""
    if history_problem() is not None:
        return None
    return manager().history.rescue


def similar_results(spec: RunSpec, limit: int) -> list[RunResult]:
    """Measured runs like this one; none where the history cannot be read."""
    with contextlib.suppress(HistoryError):
        return _similar_results(history_stamp(), spec.id, limit, spec)
    return []


@st.cache_resource(max_entries=4, show_spinner=False)
def _similar_results(
    stamp: Stamp,  # noqa: ARG001 - the key of the cache, with the next one
    spec_id: str,  # noqa: ARG001
    limit: int,
    _spec: RunSpec,
) -> list[RunResult]:
    return manager().history.similar_results(_spec, limit)


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
