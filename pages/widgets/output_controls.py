"""How long a row gets: where it stops, and what caps or limits its text."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.variants.axes import AXES
from core.variants.engine_support import is_lever
from core.variants.environment import Environment
from core.variants.spec import StopRule
from core.variants.stop_strings import typed_lines
from pages.widgets import state
from pages.widgets.axes import draw_axis
from pages.widgets.fields import HELPS, draw_error, draw_numbers
from pages.widgets.request import Request

FIELDS_HERE = ("stop", "stop_strings", "time_limit_s", "max_length", "no_repeat_ngram_size")


def draw_output(request: Request, environment: Environment) -> None:
    """The rule of stopping first, then what belongs to it, then caps of any rule."""
    with st.expander(
        f"Output length: {output_words(request.values)}",
        expanded=any(field in request.errors for field in FIELDS_HERE),
        key="output_length",
    ):
        draw_axis(AXES["stop"], request.values, environment)
        draw_error("stop", request)
        if request.values.get("stop") == StopRule.NATURAL:
            draw_stop_strings(request)
            _numbers(("time_limit_s",), request)
        _numbers(("max_length", "no_repeat_ngram_size"), request)


def _numbers(fields: tuple[str, ...], request: Request) -> None:
    """Those of these that are levers of the chosen engine."""
    engine = request.known.variant.engine
    draw_numbers([field for field in fields if is_lever(engine, field)], request)


def output_words(values: Mapping[str, Any]) -> str:
    """What is chosen, in a few words: whoever opens a link sees it without opening the box."""
    tokens = values.get("max_new_tokens")
    natural = values.get("stop") == StopRule.NATURAL
    words = [f"up to {tokens} tokens" if natural else f"exactly {tokens} tokens"] if tokens else []
    strings = len(typed_lines(str(values.get("stop_strings", ""))))
    if strings:
        words.append(f"{strings} stop {'string' if strings == 1 else 'strings'}")
    if "time_limit_s" in values:
        words.append(f"{values['time_limit_s']:g} s at most")
    if "max_length" in values:
        words.append(f"{values['max_length']} with the prompt")
    if "no_repeat_ngram_size" in values:
        words.append(f"no repeated {values['no_repeat_ngram_size']}-gram")
    return ", ".join(words)


def draw_stop_strings(request: Request) -> None:
    """The texts that end a row, and what is wrong with them."""
    st.text_area(
        "Stop strings",
        value=state.first_value("stop_strings"),
        key="stop_strings",
        height=80,
        placeholder="one per line, \\n for a line break",
        persist_state="session",
        help=HELPS["stop_strings"],
    )
    draw_error("stop_strings", request)
