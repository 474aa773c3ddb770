"""`environment`: devices, packages, and each choice of each lever with the reason against it."""

import argparse
from typing import Any

from core.command_line.output import print_json, print_table, tell
from core.command_line.parser import Parser
from core.errors import HistoryError
from core.home import home
from core.results.format import show
from core.results.history import History
from core.variants.axes import AXES, why_not_here
from core.variants.engine_environment import EngineState
from core.variants.environment import Device, Environment, read_environment


def add_flags(_: Parser) -> None:
    """It has none of its own."""


def environment_command(chosen: argparse.Namespace) -> int:
    """Show this machine."""
    environment = read_environment()
    if chosen.json:
        print_json(_document(environment))
        return 0
    print_table(_host(environment))
    for device in environment.devices:
        tell(f"\n{device.key}: {device.name}")
        free, total = show(device.free_bytes, "bytes"), show(device.memory_bytes, "bytes")
        tell(f"{free} of {total} free")
        print_table(
            (axis["field"], axis["key"], "yes" if axis["usable"] else f"no: {axis['reason']}")
            for axis in _choices(environment, device)
        )
    return 0


def _host(environment: Environment) -> list[tuple[str, str]]:
    return [
        ("data folder", str(home())),
        ("history", _history()),
        ("platform", environment.platform),
        ("python", environment.python),
        ("processors", str(environment.cpu_count)),
        *sorted(environment.packages.items()),
        *((f"engine {name}", _engine(state)) for name, state in environment.engines.items()),
    ]


def _engine(state: EngineState) -> str:
    """What is in an engine's own environment, or what is wrong with it."""
    if state.problem:
        return f"not whole: {state.problem}"
    return ", ".join(f"{name} {version}" for name, version in state.packages.items())


def _history() -> str:
    """Where the history is, without a password; or why it cannot be."""
    try:
        return History().database.name
    except HistoryError as error:
        return str(error)


def _document(environment: Environment) -> dict[str, Any]:
    return {
        "home": str(home()),
        "history": _history(),
        **environment.model_dump(mode="json"),
        "default_device": environment.default_device,
        "choices": {device.key: _choices(environment, device) for device in environment.devices},
    }


def _choices(environment: Environment, device: Device) -> list[dict[str, Any]]:
    return [
        {
            "field": axis.field,
            "key": str(key),
            "summary": row.summary,
            "usable": reason is None,
            "reason": reason,
        }
        for axis in AXES.values()
        for key, row in axis.rows.items()
        for reason in (why_not_here(axis.field, str(key), device.key, environment),)
    ]
