"""`models`: what can be picked, and whether it is ready."""

import argparse
from typing import Any

from core.command_line.output import print_json, print_table
from core.results.format import DASH
from core.variants import models
from core.variants.models import Model, catalogue, shape_of


def models_command(chosen: argparse.Namespace) -> int:
    """List the catalogue."""
    described = [_describe(model) for model in catalogue().values()]
    if chosen.json:
        print_json(described)
        return 0
    print_table(
        (
            (
                model["key"],
                _millions(model["parameters"]),
                str(model["context"] or DASH),
                model["licence"],
                _state(model),
                model["label"],
            )
            for model in described
        ),
        header=("MODEL", "PARAMETERS", "CONTEXT", "LICENCE", "STATE", "NAME"),
    )
    print("\nA local folder with safetensors weights can be named by its path.")
    return 0


def _describe(model: Model) -> dict[str, Any]:
    shape, support = shape_of(model), models.support(model.key)
    return {
        "key": model.key,
        "label": model.label,
        "summary": model.summary,
        "licence": model.licence,
        "parameters": shape.parameters if shape else None,
        "context": shape.context if shape else None,
        "prepared": model.folder.is_dir(),
        "usable": support.usable,
        "reason": support.explanation or None,
    }


def _millions(parameters: int | None) -> str:
    return DASH if parameters is None else f"{parameters / 1e6:.1f} M"


def _state(model: dict[str, Any]) -> str:
    if not model["usable"]:
        return str(model["reason"])
    return "ready" if model["prepared"] else "is converted at its first load"
