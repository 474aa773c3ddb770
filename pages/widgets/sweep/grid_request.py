"""What the controls of a sweep ask for, checked: its cells, and what is wrong with each field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.compilation import Compilation
from core.variants.decoding import Decoding
from core.variants.engine import Engine
from core.variants.engine_support import BY_ENGINE, is_lever
from core.variants.environment import Environment
from core.variants.grid import LISTED, SINGLE, Cells, Grid, cells_of, parse_axes
from core.variants.precision import PRECISIONS, Precision
from core.variants.spec import StopRule
from pages.widgets import state
from pages.widgets.request import explain
from pages.widgets.sweep import grid_state

MAY_BE_EMPTY = (
    "weights", "revision", "compute_dtype", "draft_model", "shortest_prompt_tokens", "max_length",
    "time_limit_s", "no_repeat_ngram_size", *BY_ENGINE,
)  # fmt: skip
WHOLE_GRID = "grid"


@dataclass(frozen=True)
class GridRequest:
    """What the controls ask for. `errors` has a text for each field at fault, and for the whole
    `grid`; `cells` is None while there are any.
    """

    grid: Grid
    cells: Cells | None
    errors: Mapping[str, str]


def check_grid(environment: Environment) -> GridRequest:
    """The grid that the controls ask for now, and everything that is wrong with it."""
    errors: dict[str, str] = {}
    axes, base = dict(_axes(errors)), _base()
    while True:
        grid = Grid(axes, base)
        try:
            cells = cells_of(grid, environment)
            break
        except RequestError as error:
            errors[error.field] = explain(error)
            if axes.pop(error.field, None) is None and base.pop(error.field, None) is None:
                return GridRequest(grid, None, errors)
    return GridRequest(grid, None if errors else cells, errors)


def shown(field: str) -> bool:
    """Whether a lever means something with what is listed of the others."""
    picked, engines = grid_state.picked, grid_state.engines()
    if not any(is_lever(engine, field) for engine in engines):
        return False
    match field:
        case "endpoint":
            return Engine.OPENAI in engines
        case "compute_dtype":
            known = [Precision(value) for value in picked("precision")]
            return any(len(PRECISIONS[precision].computes) > 1 for precision in known)
        case "compile_mode" | "compile_backend":
            return any(value != Compilation.OFF for value in picked("compile"))
        case "draft_model":
            return Decoding.SPECULATIVE in picked("decoding")
        case "draft_tokens":
            return any(value != Decoding.GREEDY for value in picked("decoding"))
        case "time_limit_s" | "stop_strings":
            return StopRule.NATURAL in picked("stop")
        case "prompt_tokens" | "seed":
            return not state.prompt_is_text()
    return True


def _axes(errors: dict[str, str]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Each shown lever with its values; a text that is no list leaves an error instead."""
    for field in filter(shown, LISTED):
        try:
            values = _values(field)
        except RequestError as error:
            errors[field] = explain(error)
            continue
        if values or field not in MAY_BE_EMPTY:
            yield field, values


def _values(field: str) -> tuple[object, ...]:
    if field in grid_state.TYPED:
        return parse_axes({field: grid_state.typed(field)})[field]
    picked = grid_state.picked(field)
    if field in AXES:
        return tuple(choice for choice in map(str, AXES[field].rows) if choice in picked)
    return tuple(picked)


def _base() -> dict[str, Any]:
    """What holds for all cells; stop strings as they stand, whatever Explore's own rule is."""
    chosen = {**state.asked_now(), "stop_strings": state.typed("stop_strings")}
    return {field: chosen[field] for field in SINGLE if chosen.get(field) not in (None, "")
            and shown(field)}  # fmt: skip
