"""Downloads a model from the hub into the cache that the hub's client shares between programs:
safetensors weights and plain text files, never code and never pickles.
"""

import errno
import threading
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

from core.errors import LoadFailed
from core.variants import hub
from core.variants.local_folder import refuse_unsafe_folder
from core.variants.models import Model

Tell = Callable[[str], None]


def fetch(model: Model, tell: Tell) -> Path:
    """The folder of the hub model's files, downloaded where they are not in the cache. A branch
    or tag is looked up anew as long as the hub is in reach.

    Raises LoadFailed where they cannot be had, and RequestError for what is not safe to load.
    """
    assert model.hub_id is not None
    revision = model.revision or hub.DEFAULT_BRANCH
    cached = hub.cached_model(model.hub_id, revision)
    if cached and (hub.COMMIT.fullmatch(revision) or not hub.hub_in_reach()):
        folder = cached
    elif hub.hub_allowed():
        folder = _download(model.hub_id, revision, tell)
    else:
        raise LoadFailed(f"{model.hub_id} is not in the hub's cache, and {hub.SWITCH} is off.")
    refuse_unsafe_folder(folder, only=hub.loaded_files(folder))
    return folder


def _download(hub_id: str, revision: str, tell: Tell) -> Path:
    tell(f"downloading {hub_id}")
    try:
        folder = snapshot_download(
            hub_id,
            revision=revision,
            cache_dir=hub.cache_folder(),
            allow_patterns=list(hub.LOADED_FILES),
            ignore_patterns=list(hub.NOT_LOADED),
            tqdm_class=_progress_bar(hub_id, tell),
        )
    except (HTTPError, OSError, ValueError) as error:
        raise LoadFailed(_in_words(error, hub_id, revision)) from error
    return Path(folder)


def _in_words(error: Exception, hub_id: str, revision: str) -> str:
    """Why a download did not work, and what would help."""
    host = hub.hub_host()
    if isinstance(error, GatedRepoError):
        return (
            f"{hub_id} is gated: accept its terms on {host} and set HF_TOKEN to a token of yours."
        )
    if isinstance(error, RepositoryNotFoundError):
        return f"{host} has no model {hub_id}, or it is private and HF_TOKEN gives no access."
    if isinstance(error, RevisionNotFoundError):
        return f"{hub_id} has no revision {revision}."
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {hub.cache_folder()} is full; {hub_id} could not be stored."
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"{host} answered {status} when {hub_id} was asked for."
    if isinstance(error, LocalEntryNotFoundError | HTTPError):
        return f"{host} could not be reached, and {hub_id} is not whole in the hub's cache."
    return f"{hub_id} could not be downloaded: {error}"


def _progress_bar(hub_id: str, tell: Tell) -> type[Any]:
    """What the hub's client calls as bytes arrive: tells of them instead of drawing a bar. What
    `tell` raises, for a run that was cancelled, ends the download.
    """
    lock = threading.Lock()

    class Bar(tqdm):  # type: ignore[misc]
        """Counts, and draws nothing."""

        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            self.in_bytes = options.get("unit") == "B"
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            """Count so much more, and tell of it where it is bytes."""
            with lock:
                self.n += n or 0
                whole = f" of {self.total / 1e6:,.0f}" if self.total else ""
                if self.in_bytes and self.n:
                    tell(f"downloading {hub_id}: {self.n / 1e6:,.0f}{whole} MB")

    return Bar
