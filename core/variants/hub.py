"""The model hub as far as a choice depends on it: ids, what its local cache has, and whether it is
in reach. Downloads nothing, and imports none of the hub's client, so that pages stay quick.

The cache is the one that other programs use: `models--OWNER--NAME/snapshots/COMMIT`, with `refs`
from branches and tags to commits.
"""

import fnmatch
import json
import os
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from core.errors import RequestError
from core.variants.shapes import weight_files

SWITCH = "TRADEOFFS_HUB"
PERSONS_OFFLINE = "TRADEOFFS_PERSONS_HF_HUB_OFFLINE"
DEFAULT_ENDPOINT = "https://huggingface.co"
DEFAULT_BRANCH = "main"
LOADED_FILES = ("*.safetensors", "*.json", "merges.txt", "vocab.txt", "tokenizer.model")
NOT_LOADED = ("*/*", "consolidated*")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}", re.ASCII)
REVISION_KINDS = ("a commit", "a branch", "a tag")
COMMIT = re.compile(r"[0-9a-f]{40}")
LONGEST_WAIT_S = 1.0
ANSWER_HOLDS_S = 300.0


def split_hub_id(name: str) -> tuple[str, str | None] | None:
    """Id and revision of `owner/name` or `owner/name@revision`; None for what is no hub id."""
    hub_id, at, revision = name.partition("@")
    if not HUB_ID.fullmatch(hub_id) or ".." in hub_id or "--" in hub_id:
        return None
    return (hub_id, checked_revision(revision)) if at else (hub_id, None)


def checked_revision(revision: str) -> str:
    """The revision as it is; raises RequestError for what cannot be a commit, branch or tag."""
    if REVISION.fullmatch(revision) and ".." not in revision and "//" not in revision:
        return revision
    reason = "this cannot be the name of a revision."
    raise RequestError("revision", revision, reason, REVISION_KINDS)


def hub_allowed() -> bool:
    """Whether models may come from a hub: `TRADEOFFS_HUB=off` forbids it."""
    return os.environ.get(SWITCH, "").strip().lower() not in ("off", "0", "no", "false")


def cache_folder() -> Path:
    """Where the hub's client keeps what it has downloaded, from the variables that it reads."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return Path(os.environ[name]).expanduser()
    general = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or Path(general) / "huggingface").expanduser() / "hub"


def snapshot_folder(hub_id: str, revision: str) -> Path | None:
    """The folder in the local cache of that revision; None where nothing of it is there."""
    repository = cache_folder() / f"models--{hub_id.replace('/', '--')}"
    reference = repository / "refs" / revision
    try:
        commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else revision
        folder = repository / "snapshots" / commit
        return folder if folder.is_dir() else None
    except (OSError, ValueError):
        return None


def cached_model(hub_id: str, revision: str) -> Path | None:
    """The folder of a model that can be loaded without the hub; None where a part is missing."""
    folder = snapshot_folder(hub_id, revision)
    if folder is None or not all((folder / n).exists() for n in ("config.json", "tokenizer.json")):
        return None
    try:
        files = weight_files(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return folder if files and all(file.exists() for file in files) else None


def loaded_files(folder: Path) -> list[str]:
    """The names of a snapshot's files that a load may read; others may lie beside them."""
    return [entry.name for entry in folder.iterdir() if is_loaded(entry.name)]


def is_loaded(name: str) -> bool:
    """Whether a file of a repository is one that a load reads: weights and plain text."""
    taken = any(fnmatch.fnmatch(name, pattern) for pattern in LOADED_FILES)
    return taken and not any(fnmatch.fnmatch(name, pattern) for pattern in NOT_LOADED)


def cached_config(hub_id: str, revision: str) -> dict[str, object] | None:
    """The config of a model whose weights need not be here; None where it is not cached."""
    folder = snapshot_folder(hub_id, revision)
    try:
        read = json.loads((folder / "config.json").read_text("utf-8")) if folder else None
    except (OSError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def hub_host() -> str:
    """The hub's host, as texts name it."""
    return urlsplit(_endpoint()).hostname or _endpoint()


def persons_offline() -> str:
    """The person's own `HF_HUB_OFFLINE`, also in a worker, which is always offline itself."""
    return os.environ.get(PERSONS_OFFLINE, os.environ.get("HF_HUB_OFFLINE", ""))


def may_be_asked() -> bool:
    """Whether the person's settings let this program connect to the hub."""
    wishes = (persons_offline(), os.environ.get("TRANSFORMERS_OFFLINE", ""))
    return not any(wish.upper() in ("1", "ON", "YES", "TRUE") for wish in wishes)


def hub_in_reach() -> bool:
    """Whether the hub, or the proxy before it, takes a connection. The answer holds for five
    minutes; nobody waits for it longer than a second, after which it counts as a no.
    """
    if not may_be_asked():
        return False
    address = _address()
    with _lock:
        probe = _probes.get(address)
        if probe is None or probe.age_s > ANSWER_HOLDS_S:
            probe = _probes[address] = _Probe(*address)
    return probe.answer()


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT


def _address() -> tuple[str, int]:
    """Host and port that a request to the hub would connect to first."""
    url = urlsplit(_endpoint())
    proxy = getproxies().get(url.scheme)
    if proxy and not proxy_bypass(url.hostname or ""):
        url = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return url.hostname or "", url.port or (80 if url.scheme == "http" else 443)


@dataclass
class _Probe:
    """One attempt to connect, in a thread of its own: a name look-up cannot be cut short."""

    host: str
    port: int
    since: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    reached: bool = False

    def __post_init__(self) -> None:
        threading.Thread(target=self._connect, daemon=True).start()

    @property
    def age_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.since

    def answer(self) -> bool:
        """Whether the host was reached, as far as is known within a second of the attempt."""
        self.done.wait(max(0.0, LONGEST_WAIT_S - self.age_s))
        return self.reached

    def _connect(self) -> None:
        try:
            with socket.create_connection((self.host, self.port), timeout=LONGEST_WAIT_S):
                self.reached = True
        except (OSError, ValueError):
            self.reached = False
        finally:
            self.done.set()


_probes: dict[tuple[str, int], _Probe] = {}
_lock = threading.Lock()
