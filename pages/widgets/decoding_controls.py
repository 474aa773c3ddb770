"""Decoding: one token for each pass, or several guessed ones that a pass checks."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.decoding import Decoding
from core.variants.drafts import drafts_for
from core.variants.environment import Environment
from core.variants.models import Model
from core.variants.source import model_of
from core.variants.spec import RunSpec
from pages.widgets.axes import draw_axis, label_of
from pages.widgets.fields import HELPS, draw_error, draw_numbers
from pages.widgets.layout import escape
from pages.widgets.request import Request

FIELDS_HERE = ("decoding", "draft_model", "draft_tokens")


def draw_decoding(request: Request, environment: Environment) -> None:
    """The way of decoding, and for the guessing ones who guesses, and how many tokens."""
    values = request.values
    with st.expander(
        f"Decoding: {decoding_words(values)}",
        expanded=any(field in request.errors for field in FIELDS_HERE),
        key="decoding_box",
    ):
        draw_axis(AXES["decoding"], values, environment)
        draw_error("decoding", request)
        if values.get("decoding") == Decoding.SPECULATIVE:
            _draft_model(request)
        if values.get("decoding") != Decoding.GREEDY:
            draw_numbers(("draft_tokens",), request)


def decoding_words(values: Mapping[str, Any]) -> str:
    """What is chosen, in a few words."""
    draft = values.get("draft_model")
    return label_of("decoding", values) + (f" with {escape(str(draft))}" if draft else "")


def _draft_model(request: Request) -> None:
    """The catalogue's models that can guess for this one; or any other that a person names."""
    fitting = _fitting(request.known)
    st.selectbox(
        "Draft model",
        [model.key for model in fitting],
        index=None,
        key="draft_model",
        placeholder="a smaller model with the same vocabulary",
        accept_new_options=True,
        persist_state="session",
        help=HELPS["draft_model"],
    )
    draw_error("draft_model", request)
    if not fitting:
        st.caption("No smaller model of the catalogue has this model's vocabulary.")


def _fitting(spec: RunSpec) -> list[Model]:
    try:
        return drafts_for(model_of(spec.variant))
    except RequestError:
        return []
