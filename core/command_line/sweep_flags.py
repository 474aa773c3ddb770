"""From the flags of `sweep` to its request."""

import argparse
from typing import Any

from core.analysis.cost import parse_price
from core.command_line.executors import add_devices, add_executor, spread
from core.command_line.flags import add_field
from core.command_line.parser import Parser
from core.command_line.prices import add_price
from core.command_line.task_file import task_content
from core.errors import RequestError
from core.experiments.sweeps.sweep_request import Stage, SweepRequest, sweep_request
from core.jobs.manager import JobManager
from core.variants.grid import SINGLE, parse_axes
from core.variants.request import FIELDS
from core.variants.stop_strings import typed

FLAGS = (
    ("--budget-seconds", "SECONDS", "stop before a cell that would end later than this"),
    ("--budget-usd", "USD", "stop before a cell that would cost more; needs --price-per-hour"),
    ("--search", "N", "measure at most N cells, chosen to come near --goal, instead of all"),
    ("--goal", "TEXT", "what --search looks for, such as “at most 1 GB, fastest”"),
    ("--search-seed", "SEED", "seed of the search (default: 0)"),
    ("--objectives", "METRIC,METRIC[,METRIC]", "of the Pareto set (default: tpot_s,peak_bytes)"),
    ("--trust", "A|B|C", "the worst trust grade in the Pareto set (default: B)"),
    ("--resume", "SWEEP_ID", "go on with a sweep that was stopped or interrupted"),
)
SWITCHES = (
    ("--fresh", "measure again what is measured already"),
    ("--skip-dominated", "leave out cells that certainly cannot be in the Pareto set"),
    ("--list", "list earlier sweeps"),
    ("--dry-run", "say what would be measured, and measure nothing"),
)


def add_flags(parser: Parser) -> None:
    """A flag for each field, of several values, and those of the sweep itself."""
    for field in FIELDS:
        add_field(parser, field)
    for flag, metavar, text in FLAGS:
        parser.add_argument(flag, metavar=metavar, help=text)
    for flag, text in SWITCHES:
        parser.add_argument(flag, action="store_true", help=text)
    text = "measure a few tiny runs first, where nothing tells how long cells take (default: on)"
    parser.add_argument("--trial", action=argparse.BooleanOptionalAction, default=True, help=text)
    add_executor(parser)
    add_devices(parser)
    add_price(parser)


def request_of(chosen: argparse.Namespace, jobs: JobManager) -> SweepRequest:
    """The sweep that the flags ask for; raises RequestError for what no flag takes."""
    given = {name: value for name in FIELDS if (value := getattr(chosen, name)) is not None}
    lists = parse_axes({name: text for name, text in given.items() if name not in SINGLE})
    base = {"device": jobs.environment().default_device}
    base |= {name: _single(name, value) for name, value in given.items() if name in SINGLE}
    base |= {name: values[0] for name, values in lists.items() if len(values) == 1}
    axes = {name: values for name, values in lists.items() if len(values) != 1}
    if "device" in axes:
        del base["device"]
    slots = spread(chosen, jobs, base.get("device"))
    base |= {"device": slots[0].device} if slots else {}
    stages = [Stage.CELLS] if chosen.trial is False else [Stage.TRIAL, Stage.CELLS]
    values = {"axes": axes, "base": base, "stages": stages, "fresh": chosen.fresh}
    values["devices"] = [slot.key for slot in slots]
    return sweep_request({**values, **_choosing(chosen), **budgets_of(chosen)})


def spread_of(chosen: argparse.Namespace, jobs: JobManager, device: str) -> dict[str, Any]:
    """The devices that --devices names, for a sweep of that device; empty without it."""
    slots = spread(chosen, jobs, device) if chosen.devices is not None else ()
    return {"devices": tuple(slot.key for slot in slots)} if slots else {}


def budgets_of(chosen: argparse.Namespace) -> dict[str, Any]:
    """The budgets and the price that the flags name; empty where they name none."""
    found = {
        "budget_s": _number("budget_seconds", chosen.budget_seconds),
        "budget_usd": _number("budget_usd", chosen.budget_usd),
        "price_per_hour": parse_price(chosen.price_per_hour) if chosen.price_per_hour else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def grid_flags(chosen: argparse.Namespace) -> list[str]:
    """The flags of the grid that were given."""
    return [name for name in FIELDS if getattr(chosen, name) is not None]


def _choosing(chosen: argparse.Namespace) -> dict[str, Any]:
    """What decides among the cells: objectives, trust, and the search."""
    values: dict[str, Any] = {"skip_dominated": chosen.skip_dominated}
    if chosen.objectives is not None:
        keys = [key.strip() for key in chosen.objectives.split(",")]
        values["objectives"] = [key for key in keys if key]
    if chosen.trust is not None:
        values["trust"] = chosen.trust.upper()
    if (chosen.search is None) != (chosen.goal is None):
        missing, there = ("goal", "search") if chosen.goal is None else ("search", "goal")
        raise RequestError(missing, None, f"--{there} needs --{missing} too.")
    if chosen.search is not None:
        search = {"trials": chosen.search, "goal": chosen.goal}
        values["search"] = {**search, "seed": chosen.search_seed or 0}
    return values


def _single(name: str, value: Any) -> Any:
    """A value that holds for all cells, as a spec takes it."""
    if name == "task":
        return task_content(value)
    if name == "stop_strings":
        return tuple(typed(text) for text in value)
    return value


def _number(name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise RequestError(name, text, "it is no number above 0.")
    return value
