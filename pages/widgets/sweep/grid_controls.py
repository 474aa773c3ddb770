"""The controls of a sweep: every lever as a list of values, a checked grid out of them.

Closed levers are rows of buttons of which several may be chosen, numbers are texts with commas
between them. A bad value stays as typed, and what is wrong stands under its field.
"""

from dataclasses import replace

import streamlit as st

from core.variants.axes import AXES
from core.variants.engine_offer import allowed_servers
from core.variants.engine_support import BY_ENGINE, has_choice
from core.variants.environment import Environment
from core.variants.models import catalogue
from core.variants.request import bounds
from pages.widgets import state
from pages.widgets.axes import Buttons, draw_axis_list
from pages.widgets.engine_controls import ENGINES_HERE, WHAT_ENGINES
from pages.widgets.engines_view import draw_engines, draw_how_to_allow
from pages.widgets.fields import HELPS, LABELS, NUMBERS, draw_beside, draw_numbers
from pages.widgets.layout import field_error
from pages.widgets.output_controls import draw_stop_strings
from pages.widgets.prompt_controls import draw_prompt_kind, draw_prompt_text
from pages.widgets.request import Request, check
from pages.widgets.sweep import grid_state
from pages.widgets.sweep.grid_request import WHOLE_GRID, GridRequest, check_grid, shown
from pages.widgets.task_input import draw_task_input

MAIN_LEVERS = (
    "precision", "compute_dtype", "attention", "compile", "compile_backend", "compile_mode",
    "kv_cache",
)  # fmt: skip
ENGINES = Buttons(grid_state.GRID, grid_state.toggle_engine, several=True)
FURTHER = ("revision", "seed")
LIMITS = ("max_length", "time_limit_s", "no_repeat_ngram_size", "shortest_prompt_tokens")


def draw_grid_controls(environment: Environment) -> GridRequest:
    """All controls; returns what they ask for."""
    grid_state.start_grid({"device": environment.default_device})
    request = check_grid(environment)
    common = _common(request, environment)
    if WHOLE_GRID in request.errors:
        field_error(request.errors[WHOLE_GRID])
    _engines(request, environment)
    _names("model", [*catalogue()], request, new="Add a local folder or a hub's owner/name")
    for field in ("weights", *MAIN_LEVERS):
        _lever(field, request, environment)
    _lists(("batch_size", "max_new_tokens"), request)
    draw_prompt_kind()
    if state.prompt_is_text():
        draw_prompt_text(common)
    else:
        _lists(("prompt_tokens",), request)
    draw_numbers(("repeats", "warmup"), common)
    _output(request, common, environment)
    _decoding(request, environment)
    draw_task_input(common)
    _further(request, environment)
    return request


def _common(request: GridRequest, environment: Environment) -> Request:
    """What holds for all cells, as the controls of Explore know it; the first cell counts the
    prompt's tokens.
    """
    cells = request.cells.cells if request.cells else ()
    known = cells[0] if cells else check(state.chosen(), environment).known
    return Request(known, known, request.errors, request.grid.base)


def _lever(field: str, request: GridRequest, environment: Environment) -> None:
    """A closed lever, where it means something with the others, and what is wrong with it."""
    if not shown(field):
        return
    devices, engines = grid_state.picked("device"), grid_state.engines()
    rows = {
        choice: row
        for choice, row in AXES[field].rows.items()
        if any(has_choice(engine, field, choice) for engine in engines)
    }
    axis = replace(AXES[field], rows=rows)
    draw_axis_list(axis, grid_state.picked(field), devices, environment)
    if field in BY_ENGINE and not grid_state.picked(field):
        st.caption("None chosen: what is usual for each engine.")
    if field == "weights" and not grid_state.picked(field):
        st.caption("None chosen: trained where they can be had, else random.")
    if field == "compute_dtype" and not grid_state.picked(field):
        st.caption("None chosen: what is usual for each precision.")
    _error(field, request)


def _engines(request: GridRequest, environment: Environment) -> None:
    """The engines, how to get others, and the servers where some are asked."""
    devices = grid_state.picked("device")
    draw_axis_list(AXES["engine"], grid_state.picked("engine"), devices, environment, ENGINES)
    _error("engine", request)
    with st.popover(ENGINES_HERE, type="tertiary", key="grid_engines_here", help=WHAT_ENGINES):
        draw_engines(environment, environment.devices[0])
    if shown("endpoint"):
        servers, fault = allowed_servers()
        _names("endpoint", [server.address for server in servers.values()], request)
        if fault:
            field_error(fault)
        elif not servers:
            draw_how_to_allow()


def _names(field: str, options: list[str], request: GridRequest, new: str | None = None) -> None:
    """A lever whose values are names: some of a list and, where `new` says so, others."""
    st.multiselect(
        LABELS[field],
        list(dict.fromkeys([*options, *grid_state.picked(field)])),
        key=grid_state.key_of(field),
        accept_new_options=new is not None,
        placeholder=new,
        persist_state="session",
        help=f"{HELPS[field]} Each that is chosen multiplies the cells.",
    )
    _error(field, request)


def _lists(fields: tuple[str, ...], request: GridRequest) -> None:
    """Numbers with commas between them, beside each other."""
    draw_beside(tuple(filter(shown, fields)), _typed, request.errors)


def _typed(field: str) -> None:
    number = NUMBERS.get(field)
    st.text_input(
        LABELS[field],
        value=grid_state.first_typed(field),
        key=grid_state.key_of(field),
        placeholder=number.empty if number else None,
        persist_state="session",
        help=_help(field),
    )


def _help(field: str) -> str:
    """What the field is, what it takes, and that it takes several."""
    several = "Several values have commas between them, and multiply the cells."
    number = NUMBERS.get(field)
    if number is None:
        return f"{HELPS[field]} {several}"
    low, high = bounds(field)
    span = f"From {low:,} to {high:,}." if low is not None else f"Above 0, up to {high:,}."
    return f"{number.help} {span} {several}"


def _output(request: GridRequest, common: Request, environment: Environment) -> None:
    """Where rows stop, and what caps them."""
    wrong = any(field in request.errors for field in ("stop", *LIMITS))
    with st.expander("Output length and limits", expanded=wrong, key="grid_output"):
        _lever("stop", request, environment)
        if shown("stop_strings"):
            draw_stop_strings(common)
        _lists(("max_length", "time_limit_s"), request)
        _lists(("no_repeat_ngram_size", "shortest_prompt_tokens"), request)


def _decoding(request: GridRequest, environment: Environment) -> None:
    """The ways of decoding, and for those that guess who guesses, and how many tokens."""
    wrong = any(field in request.errors for field in ("decoding", "draft_model", "draft_tokens"))
    with st.expander("Decoding", expanded=wrong, key="grid_decoding_box"):
        _lever("decoding", request, environment)
        if shown("draft_model"):
            _names("draft_model", [*catalogue()], request, new="Add another smaller model")
        _lists(("draft_tokens",), request)


def _further(request: GridRequest, environment: Environment) -> None:
    """What most sweeps leave as it is."""
    several = len(environment.devices) > 1
    wrong = any(field in request.errors for field in (*FURTHER, "device"))
    with st.expander("More settings", expanded=wrong, key="grid_more"):
        if several or "device" in request.errors:
            _names("device", [device.key for device in environment.devices], request)
        _lists(FURTHER, request)
        st.toggle(
            "Measure quality",
            key="quality",
            persist_state="session",
            help=HELPS["quality"],
        )


def _error(field: str, request: GridRequest) -> None:
    if field in request.errors:
        field_error(request.errors[field])
