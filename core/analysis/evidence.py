"""Which measured runs tell how long others will take: same machine, same model, same levers."""

from collections.abc import Sequence

from core.results.history import History
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.spec import RunSpec


def evidence_for(
    cells: Sequence[RunSpec], history: History, environment: Environment
) -> tuple[RunResult, ...]:
    """Measured runs of these cells' variants and of near ones on this very machine, newest first;
    raises HistoryError.
    """
    raise NotImplementedError
