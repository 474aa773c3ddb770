"""Every lever of A beside the same lever of B, as menus: a row of them for each lever."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import RequestError
from core.variants.axes import AXES, closed_choices
from core.variants.axes import LEVERS as CLOSED_LEVERS
from core.variants.compilation import Compilation
from core.variants.decoding import Decoding
from core.variants.drafts import drafts_for
from core.variants.engine import Engine
from core.variants.engine_offer import allowed_servers
from core.variants.engine_support import is_lever
from core.variants.environment import Environment
from core.variants.models import catalogue
from core.variants.precision import PRECISIONS, Precision
from core.variants.request import flat_values
from core.variants.source import model_of
from core.variants.spec import RunSpec
from core.variants.weights import Weights
from pages.widgets.axes import SOURCE, axis_help
from pages.widgets.compare import pair_state
from pages.widgets.engines_view import draw_how_to_allow, server_words
from pages.widgets.fields import HELPS, LABELS, NUMBERS, draw_number_as
from pages.widgets.layout import field_error
from pages.widgets.request import Request

NAMES = {pair_state.A: "A", pair_state.B: "B"}
CLOSED = "✕ not possible"


def draw_levers(sides: Sequence[Request], environment: Environment) -> None:
    """All levers, A's on the left; those without meaning on either side are left out."""
    for field in pair_state.LEVERS:
        shown = [_is_shown(field, request) for request in sides]
        if not any(shown):
            continue
        columns = st.columns(len(sides), gap="medium")
        for column, side, request, seen in zip(
            columns, pair_state.SIDES, sides, shown, strict=True
        ):
            with column:
                if seen:
                    _lever(field, side, request, environment)


def _is_shown(field: str, request: Request) -> bool:
    """Whether a lever changes anything with the others as they are; the weights where they are
    not the model's own, or cannot be had.
    """
    values: Mapping[str, Any] = {**flat_values(request.known), **request.values}
    engine, compiles = request.known.variant.engine, values.get("compile") != Compilation.OFF
    decoding = values.get("decoding")
    conditions = {
        "weights": values["weights"] != Weights.TRAINED or "weights" in request.errors,
        "compute_dtype": len(PRECISIONS[Precision(values["precision"])].computes) > 1,
        "compile_backend": compiles,
        "compile_mode": compiles,
        "draft_model": decoding == Decoding.SPECULATIVE,
        "draft_tokens": decoding != Decoding.GREEDY,
        "endpoint": engine is Engine.OPENAI,
    }
    return conditions.get(field, True) and is_lever(engine, field)


def _lever(field: str, side: str, request: Request, environment: Environment) -> None:
    label, key = f"{LABELS[field]}, {NAMES[side]}", pair_state.key_of(side, field)
    if field in NUMBERS:
        draw_number_as(field, label, key, pair_state.base(field))
    elif field in AXES:
        _axis(field, label, side, request, environment)
    elif field == "endpoint":
        _server(label, key, request)
    else:
        _model(field, label, side, request)
    for about in (field, *(("revision",) if field == "model" else ())):
        if about in request.errors:
            field_error(request.errors[about])


def _axis(field: str, label: str, side: str, request: Request, environment: Environment) -> None:
    """A closed lever: all its choices, those that are not possible marked."""
    axis, values = AXES[field], request.values
    levers = {name: values[name] for name in (*CLOSED_LEVERS, *SOURCE) if name in values}
    closed = closed_choices(axis, levers, environment)
    names = {
        str(choice): f"{row.label} {CLOSED}" if choice in closed else row.label
        for choice, row in axis.rows.items()
    }
    st.selectbox(
        label,
        [*names],
        index=None if field == "compute_dtype" else 0,
        format_func=lambda choice: names[choice],
        key=pair_state.key_of(side, field),
        on_change=pair_state.settle_engine if field == "engine" else None,
        args=(side,),
        placeholder="the precision's own",
        persist_state="session",
        help=axis_help(axis),
    )


def _server(label: str, key: str, request: Request) -> None:
    """The servers that may be asked; or how to allow one."""
    servers, fault = allowed_servers()
    names = {one.address: server_words(name, one) for name, one in servers.items()}
    linked = request.values.get("endpoint")
    st.selectbox(
        label,
        list(dict.fromkeys([*names, *([linked] if linked else [])])),
        index=None,
        format_func=lambda address: names.get(address, address),
        key=key,
        placeholder="choose an allowed server" if names else "no server is allowed yet",
        persist_state="session",
        help=HELPS["endpoint"],
    )
    if not names:
        field_error(fault) if fault else draw_how_to_allow()


def _model(field: str, label: str, side: str, request: Request) -> None:
    """A model of the catalogue, or any other that a person names."""
    fitting = [*catalogue()] if field == "model" else _drafts(request.known)
    st.selectbox(
        label,
        fitting,
        key=pair_state.key_of(side, field),
        on_change=pair_state.settle_weights if field == "model" else None,
        args=(side,),
        index=None if field == "draft_model" else 0,
        accept_new_options=True,
        persist_state="session",
        help=HELPS[field],
    )


def _drafts(spec: RunSpec) -> list[str]:
    try:
        return [model.key for model in drafts_for(model_of(spec.variant))]
    except RequestError:
        return []
