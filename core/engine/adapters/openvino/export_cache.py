"""Graphs of a model in OpenVINO's format: exported once for each precision, and kept.

A folder is named by everything that could change its content and appears whole: it is written
beside its name and then renamed. What an earlier state of the same model has left goes.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout

from core.engine.adapters.openvino.export import GRAPH, GROUP_SIZES
from core.errors import LoadFailed
from core.home import exports_folder
from core.variants.precision import Precision

REPOSITORY = Path(__file__).resolve().parents[4]
LIBRARIES = ("openvino", "nncf", "optimum-intel", "optimum", "transformers", "torch")
BITS = {Precision.FP32: "fp32", Precision.OPENVINO_INT8: "int8", Precision.OPENVINO_INT4: "int4"}
POLL_S = 0.5
LAST_LINES = 3
Tell = Callable[[str], None]


def exported(folder: Path, precision: Precision, tell: Tell) -> Path:
    """The graph of the model in that folder, exported now where it is not there. What `tell` raises
    ends an export.

    Raises LoadFailed where it cannot be exported.
    """
    target = target_folder(folder, precision)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _held(target.with_name(f"{target.name}.lock"), tell):
        if not target.is_dir():
            _write(folder, precision, target, tell)
    return target / GRAPH


@contextlib.contextmanager
def _held(file: Path, tell: Tell) -> Iterator[None]:
    """Within it no other process exports the same."""
    lock = FileLock(file)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=POLL_S)
        except Timeout:
            tell("waiting for another process that exports the same")
    try:
        yield
    finally:
        lock.release()


def target_folder(folder: Path, precision: Precision) -> Path:
    """Where the graph is kept, there or not."""
    files = sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")])
    key = {
        "files": [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files],
        "group_sizes": GROUP_SIZES,
        "libraries": {name: _version(name) for name in LIBRARIES},
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
    return exports_folder() / "openvino" / f"{_owner(folder)}-{BITS[precision]}-{digest}"


def _write(folder: Path, precision: Precision, target: Path, tell: Tell) -> None:
    source = folder
    if precision is not Precision.FP32:
        source = exported(folder, Precision.FP32, tell).parent
    tell(f"exporting to OpenVINO's {BITS[precision]}, once")
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        _export(source, unfinished, precision, tell)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _drop_earlier(target)


def _export(source: Path, target: Path, precision: Precision, tell: Tell) -> None:
    """Run the exporting process; raises LoadFailed with its last words where it failed."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.export", source, target, BITS[precision]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        text=True,
        encoding="utf-8",
    )
    try:
        said = _follow(process, tell)
    finally:
        process.kill()
        process.communicate()
    if process.returncode:
        raise LoadFailed(f"The model could not be exported to OpenVINO: {said}")


def _follow(process: "subprocess.Popen[str]", tell: Tell) -> str:
    """Wait for its end; its last words. `tell` is asked meanwhile, so that cancelling ends it."""
    while True:
        try:
            _, errors = process.communicate(timeout=POLL_S)
        except subprocess.TimeoutExpired:
            tell("exporting to OpenVINO's format, once")
        else:
            return " ".join(errors.split("\n")[-LAST_LINES:]).strip()


def _drop_earlier(target: Path) -> None:
    owner = target.name.rpartition("-")[0]
    for other in target.parent.glob(f"{owner}-*/"):
        if other != target:
            shutil.rmtree(other, ignore_errors=True)


def _owner(folder: Path) -> str:
    """The model that an export belongs to, for a person and beyond doubt."""
    return f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
