"""Whether the converted copy of the bundled model is still what was converted.

The SHA-256 of each file is recorded as it is made. A file whose size and times are those of the
record is the same: whatever is written to it changes the time of its last change, which no program
can set back. Only one that differs in them is read and hashed again, so that a check costs nothing
and moves no measured load into the cache of files. It finds damage and changes, and cannot stop
somebody who may write in the data folder from writing another record.
"""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.errors import LoadFailed
from core.results.record import Record

RECORD = "converted-files.json"


class Checked(Record):
    """A file as it was hashed: its bytes, and its times in nanoseconds."""

    sha256: str
    bytes: int
    modified_ns: int
    changed_ns: int


_RECORDS = TypeAdapter(dict[str, Checked])


def record(folder: Path) -> None:
    """Write down what the folder's files are now."""
    _write(folder, {name: _checked(folder / name) for name in _names(folder)})


def verify(folder: Path) -> None:
    """Raise LoadFailed where a file is not the one that was recorded. What an earlier version
    converted has no record, and gets one as it stands.
    """
    file = folder / RECORD
    if not file.exists():
        with contextlib.suppress(OSError):  # of a folder that others own, nothing can be kept
            record(folder)
        return
    known = _read(file)
    names = _names(folder)
    for name in sorted(known.keys() ^ names):
        raise _refused(folder, name, "is missing" if name in known else "was not converted")
    moved = [name for name in names if not _same_stamp(folder / name, known[name])]
    now = {name: _checked(folder / name) for name in moved}
    for name in moved:
        if now[name].sha256 != known[name].sha256:
            raise _refused(folder, name, f"has SHA-256 {now[name].sha256}, which is another")
    if moved:
        with contextlib.suppress(OSError):
            _write(folder, {**known, **now})


def _names(folder: Path) -> set[str]:
    """The folder's files; those that begin with a dot are no part of a model."""
    return {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")} - {RECORD}


def _checked(file: Path) -> Checked:
    stat = file.stat()
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Checked(
        sha256=digest,
        bytes=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        changed_ns=stat.st_ctime_ns,
    )


def _same_stamp(file: Path, known: Checked) -> bool:
    stat = file.stat()
    stamp = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return stamp == (known.bytes, known.modified_ns, known.changed_ns)


def _read(file: Path) -> dict[str, Checked]:
    try:
        return _RECORDS.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise _refused(file.parent, file.name, "cannot be read") from None


def _write(folder: Path, found: Mapping[str, Checked]) -> None:
    """In one step, so that no other process reads half of it."""
    unfinished = folder / f".{RECORD}"
    unfinished.write_bytes(_RECORDS.dump_json(dict(sorted(found.items())), indent=1))
    unfinished.replace(folder / RECORD)


def _refused(folder: Path, name: str, what: str) -> LoadFailed:
    return LoadFailed(
        f"The bundled model's copy in {folder} is not as it was converted: {name} {what}. Remove "
        "the folder, and it is converted anew."
    )
