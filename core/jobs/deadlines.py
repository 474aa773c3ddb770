"""How long each phase of a run may take before its worker is ended.

They are ends for what hangs, not for what is slow: a compile or a generation that never ends must
give the device back by itself. `$TRADEOFFS_DEADLINES` sets others, in seconds:
`compiling=600,measuring=1800`.
"""

import math
import os

from core.errors import RequestError
from core.results.measured import Phase

VARIABLE = "TRADEOFFS_DEADLINES"
USUAL_S = {
    Phase.LOADING: 1800.0,
    Phase.COMPILING: 3600.0,
    Phase.WARMING_UP: 3600.0,
    Phase.MEASURING: 4 * 3600.0,
    Phase.MEMORY: 3600.0,
    Phase.QUALITY: 3600.0,
    Phase.TASK: 4 * 3600.0,
}


def read_deadlines() -> dict[Phase, float]:
    """Seconds per phase: the usual ones, less what the variable sets otherwise.

    Raises RequestError where the variable names no such phase, or no positive number of seconds.
    """
    said = os.environ.get(VARIABLE, "")
    parts = [part.strip() for part in said.split(",") if part.strip()]
    return {**USUAL_S, **dict(map(_read, parts))}


def _read(part: str) -> tuple[Phase, float]:
    name, _, seconds = (piece.strip() for piece in part.partition("="))
    if name not in USUAL_S:
        raise RequestError(VARIABLE, part, "it names no phase with a deadline.", USUAL_S)
    try:
        limit = float(seconds)
    except ValueError:
        limit = math.nan
    if not 0 < limit < math.inf:
        raise RequestError(VARIABLE, part, "a deadline is a positive number of seconds.")
    return Phase(name), limit
