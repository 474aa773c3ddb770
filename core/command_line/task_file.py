"""The file of `--task`, or the task itself where a command line was made from a stored run."""

from pathlib import Path

from core.errors import RequestError
from core.variants.task import LONGEST_TASK


def task_content(given: str) -> str:
    """The text of the file with that path. A value with a line break is no path: it is the task
    itself, as `core.results.reproduce` writes it.

    Raises RequestError where the file cannot be read, or is no UTF-8.
    """
    if "\n" in given:
        return given
    try:
        with Path(given).expanduser().open(encoding="utf-8-sig") as file:
            return file.read(LONGEST_TASK + 1)
    except UnicodeDecodeError:
        reason = "the file is no text in UTF-8."
    except (OSError, ValueError, RuntimeError) as error:
        reason = f"the file cannot be read: {getattr(error, 'strerror', None) or error}."
    raise RequestError("task", given, reason, ("the path of a text or CSV file",))
