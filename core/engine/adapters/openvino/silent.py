"""OpenVINO as a module that tells nobody about its use.

Merely importing it sends an event to its makers where the package `openvino_telemetry` can be
imported; without that package it does everything else alike.
"""

import importlib
import sys
from typing import Any

TELEMETRY = "openvino_telemetry"


def import_openvino() -> Any:
    """The package, without what it would send. Raises ImportError where it is not installed."""
    sys.modules[TELEMETRY] = None  # type: ignore[assignment]
    return importlib.import_module("openvino")
