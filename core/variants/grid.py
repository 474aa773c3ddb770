"""A grid over the levers: what a sweep would measure, and what of it cannot run, and why.

A lever that means nothing with the others, such as a compile mode where nothing is compiled, makes
equal specs of several cells: each is measured once.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

from core.errors import RequestError
from core.variants.drafts import draft_of
from core.variants.engine import Engine
from core.variants.environment import Environment
from core.variants.request import FIELDS, build_spec, flat_values, problems, relevant, valid_values
from core.variants.spec import RunSpec

MOST_CELLS = 10_000
SINGLE = ("prompt", "stop_strings", "task", "warmup", "repeats", "quality")
LISTED = tuple(name for name in FIELDS if name not in SINGLE)
"""The fields that may have several values; the others hold for all cells."""
READ_WITH_OTHERS = ("model", "revision", "kv_cache")
DEFAULTS = {**flat_values(build_spec({})), "weights": None, "compute_dtype": None}
NO_EFFECT = "it changes nothing with the other settings, whatever its value."


@dataclass(frozen=True)
class Grid:
    """Values of the fields that vary, and one value each of others; what is in neither has its
    default. Values that belong `together`, such as those of an engine and its precision, are taken
    as they are, each with every combination of the axes.
    """

    axes: Mapping[str, tuple[object, ...]]
    base: Mapping[str, object] = field(default_factory=dict)
    together: tuple[Mapping[str, object], ...] = ()

    @property
    def asks_servers(self) -> bool:
        """Whether some cell's model is a name that only its server knows."""
        listed = (*self.axes.get("engine", ()), *(values.get("engine") for values in self.together))
        return Engine.OPENAI in (*listed, self.base.get("engine"))


@dataclass(frozen=True)
class Impossible:
    """A cell that cannot run: its values on the axes, and all reasons."""

    values: Mapping[str, object]
    reasons: tuple[RequestError, ...]


@dataclass(frozen=True)
class Place:
    """A combination of the axes' values that can run, and the cell that it comes to."""

    values: Mapping[str, object]
    spec_id: str


@dataclass(frozen=True)
class Cells:
    """What a grid comes to. `total` counts all combinations: each is one of `cells`, the same as
    one of them (`duplicates`), or impossible. `places` are those that can run; `base` is what was
    asked of all.
    """

    total: int
    cells: tuple[RunSpec, ...]
    impossible: tuple[Impossible, ...] = ()
    duplicates: int = 0
    axes: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    base: Mapping[str, object] = field(default_factory=dict)


def parse_axes(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Each field's values from a text with commas between them; one that has a comma in it stands
    in double quotes.

    Raises RequestError for what is no such list, and for an empty value among others.
    """
    return {name: _listed(name, text) for name, text in texts.items()}


def cells_of(grid: Grid, environment: Environment) -> Cells:
    """All cells of the grid, each judged in that environment.

    Raises RequestError, before any cell is made, for a field that may not be listed, a value that
    a field does not take, an empty axis, a repeated value, a lever that means nothing in any
    cell, and for too many cells.
    """
    served, base = grid.asks_servers, _checked_base(grid)
    axes = {name: _checked(name, values, served) for name, values in grid.axes.items()}
    together = [_checked_together(values, served) for values in grid.together] or [{}]
    total, effective, duplicates = _counted(axes) * len(together), set[str](), 0
    runnable, impossible = dict[str, RunSpec](), list[Impossible]()
    seen, places = set[str](), list[Place]()
    for values in _combinations(axes, together):
        asked = _relevant({**grid.base, **values})
        effective |= asked.keys()
        spec, reasons = _judged(asked, environment)
        key = spec.id if spec else str(sorted(asked.items()))
        if spec and not reasons:
            places.append(Place(values, key))
        if key in seen:
            duplicates += 1
        elif spec and not reasons:
            runnable[key] = spec
        else:
            impossible.append(Impossible(values, reasons))
        seen.add(key)
    _refuse_idle(axes, effective)
    cells, listed = tuple(runnable.values()), {**axes, **_distinct(together)}
    return Cells(total, cells, tuple(impossible), duplicates, listed, tuple(places), base)


def _listed(name: str, text: str) -> tuple[str, ...]:
    try:
        rows = list(csv.reader([text], skipinitialspace=True)) if text.strip() else []
    except csv.Error as error:
        raise RequestError(name, text, f"it is no list with commas ({error}).") from None
    values = tuple(value.strip() for value in rows[0]) if rows else ()
    if values and not all(values):
        raise RequestError(name, text, "there is an empty value between its commas.")
    return values


def _checked(name: str, values: Sequence[object], served: bool) -> tuple[object, ...]:
    """The axis with its values as a spec holds them; raises RequestError as `cells_of` does."""
    if name not in LISTED:
        known = "it has one value for all cells." if name in FIELDS else "there is no such field."
        raise RequestError(name, values, known, LISTED)
    if not values:
        raise RequestError(name, "", "it has no values.", valid_values(name))
    settled = [_settled(name, value, served) for value in values]
    for position, value in enumerate(settled):
        if value in settled[:position]:
            raise RequestError(name, str(value), "it is listed twice.")
    return tuple(settled)


def _checked_base(grid: Grid) -> dict[str, object]:
    """The values that hold for all cells, as a spec holds them.

    Raises RequestError for a wrong value among those that hold for all cells. Which prompt is
    meant, and whether a model has that revision, an axis may decide.
    """
    base = dict(grid.base)
    if "prompt_tokens" in grid.axes:
        base["prompt_tokens"] = grid.axes["prompt_tokens"][0]
    if "model" in grid.axes:
        base.pop("revision", None)
    served = grid.asks_servers
    build_spec({name: v for name, v in base.items() if name != "model" or not served})
    return {
        name: _settled(name, v, served) if name in LISTED else v for name, v in grid.base.items()
    }


def _settled(name: str, value: object, served: bool) -> object:
    """The value as a spec holds it. What a model, a revision or the usual cache is depends on
    other fields too: a model's name is checked here unless servers are asked, the others with each
    cell.
    """
    if name == "draft_model":
        return _named_draft(value)
    if name in READ_WITH_OTHERS:
        if name != "revision" and not (name == "model" and served):
            build_spec({name: value})
        return value
    own = {"prompt": "x"} if name != "prompt_tokens" else {}
    return flat_values(build_spec({**own, name: value}))[name]


def _named_draft(value: object) -> object:
    try:
        draft_of(str(value))
    except RequestError as error:
        raise RequestError("draft_model", value, error.reason, error.valid) from None
    return value


def _counted(axes: Mapping[str, Sequence[object]]) -> int:
    total = prod(map(len, axes.values()))
    if total > MOST_CELLS:
        sizes = " × ".join(f"{name} {len(values)}" for name, values in axes.items())
        reason = f"there may be at most {MOST_CELLS:,} cells, and there are {sizes}."
        raise RequestError("grid", f"{total:,} cells", reason)
    return total


def _combinations(
    axes: Mapping[str, Sequence[object]], together: Sequence[Mapping[str, object]]
) -> Iterator[dict[str, object]]:
    for values in product(*axes.values()):
        for others in together:
            yield {**dict(zip(axes, values, strict=True)), **others}


def _checked_together(values: Mapping[str, object], served: bool) -> dict[str, object]:
    """The values as a spec holds them; raises RequestError as `cells_of` does."""
    return {name: _checked(name, (value,), served)[0] for name, value in values.items()}


def _distinct(together: Sequence[Mapping[str, object]]) -> dict[str, tuple[object, ...]]:
    """Each field's values among those that belong together, in their order."""
    fields = dict.fromkeys(name for values in together for name in values)
    return {
        name: tuple(dict.fromkeys(values[name] for values in together if name in values))
        for name in fields
    }


def _relevant(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that mean something with the others, defaults among those."""
    meaningful = relevant({**DEFAULTS, **values})
    return {name: value for name, value in values.items() if name in meaningful}


def _judged(
    values: Mapping[str, object], environment: Environment
) -> tuple[RunSpec | None, tuple[RequestError, ...]]:
    try:
        spec = build_spec(values)
    except RequestError as error:
        return None, (error,)
    return spec, problems(spec, environment)


def _refuse_idle(axes: Mapping[str, Sequence[object]], effective: Iterable[str]) -> None:
    for name, values in axes.items():
        if name not in effective:
            raise RequestError(name, ", ".join(map(str, values)), NO_EFFECT)
