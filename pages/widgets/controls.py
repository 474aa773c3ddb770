"""The controls of Explore: widgets on the left, a checked request out of them.

The main levers are in sight at once; what belongs to one of them appears with it, and the rest
lies in boxes whose names say what is chosen. A value is never changed for the person: a bad one
stays as typed, what is wrong stands under its field, and Run waits.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.variants.axes import AXES
from core.variants.compilation import Compilation
from core.variants.engine import Engine
from core.variants.environment import Environment
from core.variants.precision import PRECISIONS, Precision, own_compute_dtype
from pages.widgets import state
from pages.widgets.axes import draw_axis
from pages.widgets.decoding_controls import draw_decoding
from pages.widgets.engine_controls import draw_engine, engine_of, has_lever
from pages.widgets.fields import draw_error, draw_numbers
from pages.widgets.further_settings import draw_further
from pages.widgets.model_choice import draw_model
from pages.widgets.output_controls import draw_output
from pages.widgets.prompt_controls import draw_prompt
from pages.widgets.request import Request, check
from pages.widgets.task_input import draw_task_input


def draw_controls(environment: Environment) -> Request:
    """All controls; returns what they ask for."""
    request = check(state.chosen(), environment)
    draw_variant(request, environment)
    _axis("kv_cache", request, environment)
    draw_numbers(("batch_size", "max_new_tokens", "repeats"), request)
    if engine_of(request) is Engine.OPENAI:
        st.caption("A batch is so many requests at once: the server batches them as it likes.")
    draw_prompt(request)
    draw_output(request, environment)
    if has_lever(request, "decoding"):
        draw_decoding(request, environment)
    draw_task_input(request)
    draw_further(request, environment)
    return request


def draw_variant(request: Request, environment: Environment) -> None:
    """The levers of what is loaded, whatever is asked of it then."""
    draw_engine(request, environment)
    if engine_of(request) is not Engine.OPENAI:
        draw_model(request.values, environment, request.known, request.errors)
    _precision(request, environment)
    _axis("attention", request, environment)
    _compile(request, environment)


def _axis(field: str, request: Request, environment: Environment, **shown: Any) -> None:
    """A lever, where the engine leaves a choice, and what is wrong with it."""
    if not has_lever(request, field):
        draw_error(field, request)
        return
    draw_axis(AXES[field], {**request.values, **shown}, environment)
    draw_error(field, request)


def _precision(request: Request, environment: Environment) -> None:
    """The precision, and what it computes in where it leaves a choice."""
    _axis("precision", request, environment)
    precision = Precision(request.values["precision"])
    if len(PRECISIONS[precision].computes) > 1:
        own = own_compute_dtype(precision)
        asked = request.values.get("compute_dtype", own)
        _axis("compute_dtype", request, environment, compute_dtype=asked)


def _compile(request: Request, environment: Environment) -> None:
    """What is compiled; by what and how hard, once something is."""
    if not has_lever(request, "compile"):
        return
    _axis("compile", request, environment)
    if _compiles(request.values):
        _axis("compile_backend", request, environment)
        _axis("compile_mode", request, environment)


def _compiles(values: Mapping[str, Any]) -> bool:
    return values.get("compile") != Compilation.OFF
