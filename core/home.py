"""Where the program keeps its data: history, converted models, caches and device locks."""

import os
from functools import cache
from pathlib import Path

import platformdirs

from core.errors import RequestError

APP_NAME = "llm-tradeoffs"
DATABASE_VARIABLE = "TRADEOFFS_DB"
LOCKS_VARIABLE = "TRADEOFFS_LOCKS"
READ_ONLY_VARIABLE = "TRADEOFFS_READ_ONLY"
ON, OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
READ_ONLY = (
    f"Read-only ({READ_ONLY_VARIABLE} is set): everything can be looked at and exported, and "
    "nothing is measured, stored or changed."
)


def home() -> Path:
    """The data folder: `$TRADEOFFS_HOME`, or the platform's folder for user data."""
    chosen = os.environ.get("TRADEOFFS_HOME")
    return _resolved(chosen) if chosen else _usual_home()


@cache
def _resolved(folder: str) -> Path:
    """Without links; kept, since a page asks for it hundreds of times."""
    return Path(folder).expanduser().resolve()


@cache
def _usual_home() -> Path:
    return platformdirs.user_data_path(APP_NAME)


def models_folder() -> Path:
    """Models that were converted for this program, one folder each."""
    return home() / "models"


def engines_folder() -> Path:
    """Virtual environments of engines that have one of their own, a folder each."""
    return home() / "engines"


def exports_folder() -> Path:
    """Models in the formats of other engines, made from those of `models_folder`."""
    return home() / "exports"


def quality_folder() -> Path:
    """Cached quality measurements and reference logits."""
    return home() / "quality"


def ceilings_folder() -> Path:
    """What each device was measured to do at most."""
    return home() / "ceilings"


def endpoints_file() -> Path:
    """The servers that may be asked to generate."""
    return home() / "endpoints.toml"


def history_file() -> Path:
    """The SQLite database of all runs."""
    return home() / "history.sqlite3"


def history_address() -> str | Path:
    """Where the history is: what `$TRADEOFFS_DB` names, by default the file of the data folder."""
    return os.environ.get(DATABASE_VARIABLE, "").strip() or history_file()


def refusal() -> str | None:
    """Why nothing may be started or changed: `$TRADEOFFS_READ_ONLY` is on; None where it is not.

    Raises RequestError for a value that says neither: it might be meant to protect something.
    """
    said = os.environ.get(READ_ONLY_VARIABLE, "").strip().lower()
    if said not in (*ON, *OFF):
        raise RequestError(READ_ONLY_VARIABLE, said, "it is neither on nor off.", (*ON, *OFF[1:]))
    return READ_ONLY if said in ON else None


def variables_without_history() -> dict[str, str]:
    """This process's variables, for one that has no use for the history and its password."""
    return {name: value for name, value in os.environ.items() if name != DATABASE_VARIABLE}


def locks_folder() -> Path:
    """Device locks: `$TRADEOFFS_LOCKS`, or one folder of this machine for all its users, whatever
    their data folders and `$TMPDIR`: they would otherwise disturb each other's measurements.
    """
    chosen = os.environ.get(LOCKS_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path("/tmp") / f"{APP_NAME}-locks"
