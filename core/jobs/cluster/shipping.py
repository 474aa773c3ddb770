"""Brings this program to a node, so that each runs the very same engine code.

`packed` is called here, `unpack` on the node, where nothing of this program is there yet: it goes
there by value and may import only what comes with Python.
"""

import hashlib
import io
import zipfile
from pathlib import Path

CORE = Path(__file__).resolve().parents[2]


def packed() -> tuple[str, bytes]:
    """The folder `core` and the requirements beside it, by which a node judges its engines, as a
    zip file with a hash of what is in it.
    """
    content, digest = io.BytesIO(), hashlib.sha256()
    beside = CORE.parent.glob("requirements*.txt")
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted([*CORE.rglob("*"), *beside]):
            if file.is_file() and "__pycache__" not in file.parts:
                name, data = str(file.relative_to(CORE.parent)), file.read_bytes()
                digest.update(name.encode() + data)
                archive.writestr(name, data)
    return digest.hexdigest()[:16], content.getvalue()


def unpack(version: str, content: bytes) -> str:
    """Make that version importable in this process, and return the folder that it lies in."""
    import getpass
    import io
    import sys
    import tempfile
    import zipfile
    from pathlib import Path

    base = Path(tempfile.gettempdir()) / f"llm-tradeoffs-code-{getpass.getuser()}"
    base.mkdir(mode=0o700, exist_ok=True)
    if base.owner() != getpass.getuser():
        raise PermissionError(f"{base} belongs to somebody else")
    folder = base / version
    if not folder.is_dir():
        new = Path(tempfile.mkdtemp(dir=base))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(new)
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # unless another actor was faster
                raise
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return str(folder)
