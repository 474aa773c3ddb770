"""An import of a file that goes on by itself, while pages come and go."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import TradeoffsError
from core.results.csv.importing import ImportReport

Act = Callable[[Callable[[ImportReport], None]], ImportReport]
NOTHING_YET = ImportReport()
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImportState:
    """How far an import is; `problem` says why it ended before the file did, if it has."""

    name: str
    report: ImportReport = NOTHING_YET
    is_over: bool = False
    problem: str | None = None


class Importing:
    """One import in a thread of its own, begun at once. `act` carries it out, and tells how far it
    is; `name` is the file's, for people.
    """

    def __init__(self, name: str, act: Act) -> None:
        self.state = ImportState(name)
        self._act = act
        self._thread = threading.Thread(target=self._run, name="import", daemon=True)
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> ImportState:
        """How it is once it is over, or after that time."""
        self._thread.join(timeout_s)
        return self.state

    def _run(self) -> None:
        try:
            report, problem = self._act(self._hear), None
        except TradeoffsError as error:
            report, problem = self.state.report, str(error)
        except Exception as error:
            logger.exception("an import failed")
            report, problem = self.state.report, f"The import failed ({type(error).__name__})."
        self.state = replace(self.state, report=report, is_over=True, problem=problem)

    def _hear(self, report: ImportReport) -> None:
        self.state = replace(self.state, report=report)
