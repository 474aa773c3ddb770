"""Which engine: the first lever, since the others depend on it; for a server its address too."""

import streamlit as st

from core.variants.axes import AXES
from core.variants.engine import ENGINES, Engine
from core.variants.engine_offer import allowed_servers
from core.variants.engine_support import BY_ENGINE, choices_of, is_lever
from core.variants.environment import Environment
from pages.widgets import engine_state
from pages.widgets.axes import Buttons, draw_axis
from pages.widgets.engines_view import (
    draw_engines,
    draw_how_to_allow,
    not_levers_words,
    server_words,
)
from pages.widgets.fields import HELPS, LABELS, draw_error
from pages.widgets.layout import escape, field_error
from pages.widgets.request import Request

PRESS = Buttons("", engine_state.choose_engine)
ENGINES_HERE = "Engines here, and how to get others"
WHAT_ENGINES = "What each engine is for, which are set up here, and the command that gets another."
WHAT_LACKS = "The settings that this engine leaves no choice of, each with the reason."


def draw_engine(request: Request, environment: Environment) -> None:
    """The engines as buttons, what is to be known of them, and a server's address."""
    draw_axis(AXES["engine"], request.values, environment, PRESS)
    draw_error("engine", request)
    engine = engine_of(request)
    with st.container(horizontal=True, gap="small"):
        with st.popover(ENGINES_HERE, type="tertiary", key="engines_here", help=WHAT_ENGINES):
            device = environment.device(request.device) or environment.devices[0]
            draw_engines(environment, device)
        if ENGINES[engine].lacks:
            label = f"What {ENGINES[engine].label} has no lever for"
            with st.popover(label, type="tertiary", key="no_levers", help=WHAT_LACKS):
                _no_levers(engine)
    if engine is Engine.OPENAI:
        _server(request)


def engine_of(request: Request) -> Engine:
    """The engine that the controls are for."""
    return request.known.variant.engine


def has_lever(request: Request, field: str) -> bool:
    """Whether the chosen engine leaves anything to choose of that field."""
    return is_lever(engine_of(request), field)


def _no_levers(engine: Engine) -> None:
    lines = not_levers_words(engine, LABELS)
    only = [field for field in BY_ENGINE if len(choices_of(engine, field)) == 1]
    lines += [_only_choice(engine, field) for field in only]
    st.caption("\n".join(f"- {escape(line)}" for line in lines))


def _only_choice(engine: Engine, field: str) -> str:
    (choice,) = choices_of(engine, field)
    row = next(row for key, row in AXES[field].rows.items() if key == choice)
    return f"{LABELS[field]}: {row.label}. {row.summary}"


def _server(request: Request) -> None:
    """The servers that may be asked, and the model's name there."""
    servers, fault = allowed_servers()
    names = {one.address: server_words(name, one) for name, one in servers.items()}
    linked = request.values.get("endpoint")
    st.selectbox(
        "Endpoint",
        list(dict.fromkeys([*names, *([linked] if linked else [])])),
        index=None,
        key="endpoint",
        format_func=lambda address: names.get(address, address),
        placeholder="choose an allowed server" if names else "no server is allowed yet",
        persist_state="session",
        on_change=engine_state.settle_served,
        args=(servers,),
        help=HELPS["endpoint"],
    )
    if fault:
        field_error(fault)
    elif names:
        draw_error("endpoint", request)
    if not names or linked not in (None, *names):
        draw_how_to_allow()
    models = next((one.models for one in servers.values() if one.address == linked), ())
    _served_model(request, models)


def _served_model(request: Request, models: tuple[str, ...]) -> None:
    st.selectbox(
        "Served model",
        engine_state.served_names(models),
        key="model",
        accept_new_options=True,
        persist_state="session",
        help="The model's name as the server lists it at /v1/models: type it, or choose one that "
        "the configuration allows.",
    )
    draw_error("model", request)
