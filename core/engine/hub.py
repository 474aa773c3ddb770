"""Gets a hub model's folder: from the cache that the hub's client shares between programs, or by a
download in a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from core.errors import LoadFailed
from core.variants import hub
from core.variants.local_folder import refuse_unsafe_folder
from core.variants.models import Model

REPOSITORY = Path(__file__).resolve().parents[2]
Tell = Callable[[str], None]


def fetch(model: Model, tell: Tell) -> Path:
    """The folder of the hub model's files, downloaded where they are not in the cache. A branch
    or tag is looked up anew as long as the hub is in reach. What `tell` raises ends a download.

    Raises LoadFailed where the files cannot be had, and RequestError where they are not safe.
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
    process = subprocess.Popen(
        [sys.executable, "-m", "core.engine.download", hub_id, revision],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "HF_HUB_OFFLINE": hub.persons_offline()},
        text=True,
        encoding="utf-8",
    )
    try:
        return _follow(process, hub_id, tell)
    finally:
        process.kill()
        process.communicate()


def _follow(process: "subprocess.Popen[str]", hub_id: str, tell: Tell) -> Path:
    """The folder that the process ends with; raises LoadFailed with the words that it has."""
    for line in process.stdout or ():
        answer = json.loads(line)
        if "folder" in answer:
            return Path(answer["folder"])
        if "error" in answer:
            raise LoadFailed(answer["error"])
        tell(answer["told"])
    raise LoadFailed(f"The download of {hub_id} ended with status {process.wait()}.")
