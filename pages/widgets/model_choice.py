"""Which model, and with which weights: the menu, what is told of the choice, and the revision."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.variants import bundled_file
from core.variants.axes import AXES
from core.variants.environment import Environment
from core.variants.models import Model, catalogue
from core.variants.source import model_of, support
from core.variants.spec import RunSpec
from pages.widgets import engine_state
from pages.widgets.axes import draw_axis
from pages.widgets.fields import HELPS
from pages.widgets.layout import escape, field_error


def draw_model(
    values: Mapping[str, Any],
    environment: Environment,
    spec: RunSpec,
    errors: Mapping[str, str],
) -> None:
    """The model with its facts, and the lever of its weights; errors under what they are about."""
    known = catalogue()
    st.selectbox(
        "Model",
        [*known],
        key="model",
        format_func=lambda key: _option(known[key]) if key in known else key,
        accept_new_options=True,
        persist_state="session",
        on_change=engine_state.settle_weights,
        help=HELPS["model"],
    )
    if "model" in errors:
        field_error(errors["model"])
    else:
        st.caption(_facts(model_of(spec.variant)))
    draw_axis(AXES["weights"], values, environment)
    if "weights" in errors:
        field_error(errors["weights"])


def draw_revision(errors: Mapping[str, str]) -> None:
    """The field for another revision of a hub model than the usual one."""
    st.text_input(
        "Revision",
        key="revision",
        placeholder="the catalogue's commit; main for other hub models",
        persist_state="session",
        help=HELPS["revision"],
    )
    if "revision" in errors:
        field_error(errors["revision"])


def _option(model: Model) -> str:
    """The model in the menu: name, parameters, licence."""
    return f"{model.label} · {model.size} · {model.licence}"


def _facts(model: Model) -> str:
    """What is to be known of the model before it is run."""
    facts = [model.summary, f"Licence: {model.licence}.", _revision(model), _where(model)]
    return escape(" ".join(fact for fact in facts if fact))


def _revision(model: Model) -> str:
    if model.bundled:
        return f"File: SHA-256 {bundled_file.SHA256[:12]}…"
    return f"Revision {model.revision} of {model.hub_id}." if model.hub_id else ""


def _where(model: Model) -> str:
    """Where its weights are, or come from at the first run."""
    if not support(model).usable:
        return ""
    if model.random:
        where = "are on this machine" if model.prepared else "are written at the first run"
        return f"Random weights, which {where}."
    if model.bundled:
        return "" if model.prepared else "It is converted at the first run."
    if model.hub_id is None:
        return ""
    return "Its weights are here." if model.prepared else "It is downloaded at the first run."
