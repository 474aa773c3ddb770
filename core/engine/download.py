"""Downloads one model from the hub, in a process of its own: `python -m core.engine.download`.

The worker itself stays offline, so that no library of it ever asks a hub by itself; and a download
that is given up leaves no thread behind that would disturb a measurement. Prints JSON lines:
`{"told": …}` as bytes arrive, then `{"folder": …}` or `{"error": …}`.
"""

import errno
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    GatedRepoError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.auto import tqdm

from core.variants import hub

Tell = Callable[[str], None]
BETWEEN_WORDS_S = 0.25


def main(arguments: list[str]) -> int:
    """Download the model `hub_id` at `revision`, the two arguments; 0 also where it fails."""
    hub_id, revision = arguments
    try:
        answer = {"folder": str(download(hub_id, revision, lambda told: say({"told": told})))}
    except (HTTPError, OSError, ValueError) as error:
        answer = {"error": in_words(error, hub_id, revision)}
    say(answer)
    return 0


def say(answer: dict[str, str]) -> None:
    """One line for the worker."""
    print(json.dumps(answer), flush=True)


def download(hub_id: str, revision: str, tell: Tell) -> Path:
    """The snapshot's folder: safetensors weights and plain text files, no code and no pickles."""
    folder = snapshot_download(
        hub_id,
        revision=revision,
        cache_dir=hub.cache_folder(),
        allow_patterns=list(hub.LOADED_FILES),
        ignore_patterns=list(hub.NOT_LOADED),
        tqdm_class=progress_bar(hub_id, tell),
    )
    return Path(folder)


def in_words(error: Exception, hub_id: str, revision: str) -> str:
    """Why a download did not work, and what would help."""
    host = hub.hub_host()
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, GatedRepoError):
        return (
            f"{hub_id} is gated: accept its terms on {host} and set HF_TOKEN to a token of yours."
        )
    if isinstance(error, RepositoryNotFoundError) or status in (401, 403):
        return f"{host} has no model {hub_id}, or it is private and HF_TOKEN gives no access."
    if isinstance(error, RevisionNotFoundError):
        return f"{hub_id} has no revision {revision}."
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {hub.cache_folder()} is full; {hub_id} could not be stored."
    if status is not None:
        return f"{host} answered {status} when {hub_id} was asked for."
    if isinstance(error, LocalEntryNotFoundError | HTTPError):
        return f"{host} could not be reached, and {hub_id} is not whole in the hub's cache."
    return f"{hub_id} could not be downloaded: {error}"


def progress_bar(hub_id: str, tell: Tell) -> type[Any]:
    """What the hub's client calls as bytes arrive: tells of them instead of drawing a bar."""
    lock = threading.Lock()

    class Bar(tqdm):  # type: ignore[misc]
        """Counts, and draws nothing."""

        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            self.in_bytes = options.get("unit") == "B"
            self.told_at = 0.0
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            """Count so much more, and now and then tell of it where it is bytes."""
            with lock:
                self.n += n or 0
                if self.in_bytes and self.n and time.monotonic() > self.told_at + BETWEEN_WORDS_S:
                    self.told_at = time.monotonic()
                    whole = f" of {self.total / 1e6:,.0f}" if self.total else ""
                    tell(f"downloading {hub_id}: {self.n / 1e6:,.0f}{whole} MB")

    return Bar


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
