"""`models`: what can be picked, and whether it is ready.

A list asks nobody: whether the hub is in reach is found out where one of its models is chosen.
"""

import argparse
from typing import Any

from core.command_line.output import print_json, print_table, tell
from core.command_line.parser import Parser
from core.results.format import DASH
from core.variants import bundled_file, hub
from core.variants.models import Model, catalogue, find_model, shape_of
from core.variants.source import support, usual_weights
from core.variants.support import USABLE
from core.variants.weights import Weights

HEADER = ("MODEL", "PARAMETERS", "CONTEXT", "LICENCE", "REVISION", "WEIGHTS HERE", "STATE")


def add_flags(_: Parser) -> None:
    """It has none of its own."""


def models_command(chosen: argparse.Namespace) -> int:
    """List the catalogue."""
    described = [_describe(model) for model in catalogue().values()]
    if chosen.json:
        print_json(described)
        return 0
    print_table(map(_line, described), header=HEADER)
    _explain(described)
    tell("\nA local folder with safetensors weights can be named by its path, and a model of the")
    tell("hub by its owner/name, or owner/name@revision.")
    return 0


def _describe(model: Model) -> dict[str, Any]:
    """The model with the weights that it usually has on this machine."""
    shape, open_ = shape_of(model), _is_open(model)
    trained = USABLE if open_ else support(model)
    usual = model if open_ else find_model(model.key, usual_weights(model))
    revision = f"sha256:{bundled_file.SHA256}" if model.bundled else model.revision
    return {
        "key": model.key,
        "label": model.label,
        "summary": model.summary,
        "licence": model.licence,
        "parameters": model.parameters,
        "context": shape.context if shape else None,
        "hub_id": model.hub_id,
        "revision": revision,
        "gated": model.gated,
        "weights": str(usual.weights),
        "prepared": usual.prepared,
        "usable": open_ or support(usual).usable,
        "reason": trained.explanation or None,
        "remedy": trained.remedy,
    }


def _is_open(model: Model) -> bool:
    """Whether only a connection could tell if the trained weights are to be had."""
    elsewhere = model.hub_id is not None and not model.prepared
    return elsewhere and hub.hub_allowed() and hub.may_be_asked()


def _line(model: dict[str, Any]) -> tuple[str, ...]:
    return (
        model["key"],
        f"{model['parameters'] / 1e6:,.1f} M",
        str(model["context"] or DASH),
        model["licence"],
        model["revision"].removeprefix("sha256:")[:12],
        model["weights"],
        _state(model),
    )


def _state(model: dict[str, Any]) -> str:
    if not model["usable"]:
        return "cannot run here"
    if model["prepared"]:
        return "ready"
    if model["weights"] == Weights.RANDOM:
        return "is written at its first load"
    if model["hub_id"]:
        return f"is downloaded at its first load, where {hub.hub_host()} is in reach"
    return "is converted at its first load"


def _explain(described: list[dict[str, Any]]) -> None:
    """Why some weights are random, or a model cannot run; the remedy is the same for many."""
    about: dict[str, list[str]] = {}
    for model in described:
        if model["reason"]:
            about.setdefault(model["remedy"] or model["reason"], []).append(model["key"])
    for remedy, keys in about.items():
        tell(f"\nTrained weights of {', '.join(keys)} cannot be had here. {remedy}")
