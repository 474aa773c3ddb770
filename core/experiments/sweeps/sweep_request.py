"""What a sweep is asked to do, as it is stored with the experiment."""

from enum import StrEnum
from math import prod
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from core.analysis.deciding.constraints import Ask
from core.errors import RequestError
from core.experiments.searching.goal import read_goal
from core.results.record import Record
from core.results.types import Grade
from core.variants.grid import Grid
from core.variants.wording import reason_in_words

Value = bool | int | float | str | tuple[str, ...] | None


class Stage(StrEnum):
    """A part of a sweep: tiny runs that tell how long it will take, and its cells."""

    TRIAL = "trial"
    CELLS = "cells"


class Search(Record):
    """Instead of all cells: at most so many, chosen one after the other to come near the goal,
    which is a question in constraints: "at most 1 GB, perplexity ratio at most 1.02, fastest".
    Cells that are measured already are known for free and do not count.
    """

    trials: int = Field(ge=1, le=10_000)
    goal: str
    seed: int = Field(default=0, ge=0, le=2**32 - 1)

    @property
    def ask(self) -> Ask:
        """The goal as it is understood."""
        return read_goal(self.goal)

    @field_validator("goal")
    @classmethod
    def _goal_that_is_understood(cls, goal: str) -> str:
        """Raises RequestError for one that is not."""
        read_goal(goal)
        return goal


class SweepRequest(Record):
    """A grid and what holds for all its cells; closed, and stored as JSON.

    Values that belong `together` are no axes: the grid takes them as they are.
    A budget is of one sitting: resuming grants it anew. `fresh` measures again what is measured
    already. `skip_dominated` leaves out cells that cannot do better in any of `objectives`.
    `trust` is the worst grade that enters the Pareto set. `devices` are the keys of like slots that
    the cells are spread over; without any, each cell goes to its own device.
    """

    axes: dict[str, tuple[Value, ...]]
    together: tuple[dict[str, Value], ...] = ()
    base: dict[str, Value] = Field(default_factory=dict)
    stages: tuple[Stage, ...] = (Stage.CELLS,)
    budget_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    budget_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    price_per_hour: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)
    fresh: bool = False
    skip_dominated: bool = False
    objectives: tuple[str, ...] = ("tpot_s", "peak_bytes")
    trust: Grade = Grade.B
    search: Search | None = None
    devices: tuple[str, ...] = ()

    @property
    def grid(self) -> Grid:
        """The grid that is swept."""
        return Grid(axes=self.axes, base=self.base, together=self.together)

    @property
    def title(self) -> str:
        """The axes in a few words: `precision × batch size (24)`."""
        count = prod(len(values) for values in self.axes.values())
        several = [name for name, values in self.axes.items() if len(values) > 1]
        if self.together:
            several.append("engines" if "engine" in self.together[0] else "combinations")
            count *= len(self.together)
        names = " × ".join(name.replace("_", " ") for name in several) or "one cell"
        return f"{names} ({count})"

    @model_validator(mode="after")
    def _spread_over_one_device_of_the_grid(self) -> "SweepRequest":
        if self.devices and len(self.axes.get("device", ())) > 1:
            raise RequestError(
                "devices",
                ", ".join(self.devices),
                "the grid measures each cell on several devices already; spread over some, or list "
                "them as an axis.",
            )
        return self

    @model_validator(mode="after")
    def _budget_has_a_price(self) -> "SweepRequest":
        if self.budget_usd is not None and not self.price_per_hour:
            raise RequestError(
                "budget_usd", self.budget_usd, "it needs a price per hour above 0.", ()
            )
        return self


KNOWN_FIELDS = {**SweepRequest.model_fields, **Search.model_fields}
VALID = {"trust": tuple(Grade), "stages": tuple(Stage)}


def sweep_request(values: dict[str, Any]) -> SweepRequest:
    """A request from plain values; raises RequestError for what a field does not take."""
    try:
        return SweepRequest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        names = [str(part) for part in first["loc"] if part in KNOWN_FIELDS]
        field = names[-1] if names else "sweep"
        reason = reason_in_words(first, KNOWN_FIELDS[field]) if names else f"{first['msg']}."
        raise RequestError(field, first["input"], reason, VALID.get(field, ())) from None
