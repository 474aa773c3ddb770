"""What devices were measured to do at most, as the engine has kept it on disk."""

from pathlib import Path

from pydantic import ValidationError

from core.home import ceilings_folder
from core.results.observed import Ceilings


def known_ceilings() -> tuple[Ceilings, ...]:
    """The newest ceilings of each device that has run something; empty before the first run."""
    newest: dict[str, Ceilings] = {}
    for file in ceilings_folder().glob("*.json"):
        found = read_ceilings(file)
        if found is None:
            continue
        older = newest.get(found.device_name)
        if older is None or older.measured_at < found.measured_at:
            newest[found.device_name] = found
    return tuple(newest.values())


def read_ceilings(file: Path) -> Ceilings | None:
    """What was kept; None where there is nothing, or it is of another version of this program."""
    try:
        return Ceilings.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
