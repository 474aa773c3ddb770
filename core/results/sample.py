"""The sample data: real measurements that come with the program, in a history of their own.

They are never stored among a person's own runs: each process that shows them makes a database of
them in a temporary folder, which nothing may be added to.
"""

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import HistoryError
from core.results import archive
from core.results.history import History
from core.results.queries import EVERY_RUN
from core.results.types import RunResult

SHIPPED = Path(__file__).with_name("sample.jsonl")
REFUSED = (
    "This is sample data, which is only looked at. Leave it to measure on this machine and to keep "
    "what you find."
)
TOLD = ("torch", "transformers")


@dataclass(frozen=True)
class Origin:
    """Where and when the sample was measured, and with what."""

    device: str
    device_key: str
    first: datetime
    last: datetime
    versions: str
    runs: int

    @property
    def words(self) -> str:
        """Where the sample was measured, in a sentence."""
        when = f"{self.last:%d %B %Y}".lstrip("0")
        return f"measured on {self.device}, {when}, with {self.versions}; not on this machine."


class Sample:
    """The sample's history; its file goes with this object."""

    def __init__(self, shipped: Path = SHIPPED) -> None:
        """Raises HistoryError where the file or the temporary folder cannot be used."""
        try:
            folder = tempfile.mkdtemp(prefix="llm-tradeoffs-sample-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            lines = shipped.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise HistoryError(f"The sample data cannot be read: {error.strerror}.") from error
        file = Path(folder) / "sample.sqlite3"
        archive.read_into(History(file, refused=""), lines)
        self.history = History(file, refused=REFUSED)
        self.origin = origin_of(self.history)


def origin_of(history: History) -> Origin:
    """Where its runs were measured; raises HistoryError where there is none, or several machines
    measured them.
    """
    whole = history.in_full(history.ids(EVERY_RUN)).runs
    results = [run.outcome for run in whole if isinstance(run.outcome, RunResult)]
    machines = {_machine(result) for result in results}
    if len(machines) != 1:
        raise HistoryError(f"The sample data is of {len(machines)} machines, and not of one.")
    ((device, device_key, versions),) = machines
    times = sorted(result.submitted_at for result in results)
    return Origin(device, device_key, times[0], times[-1], versions, len(whole))


def _machine(result: RunResult) -> tuple[str, str, str]:
    packages = result.environment.packages
    versions = ", ".join(f"{name} {packages[name]}" for name in TOLD if name in packages)
    return result.environment.device_name, result.spec.variant.device, versions
