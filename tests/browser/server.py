"""Starts a Streamlit script as a person would, on a free port, and ends all that it started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
END_S = 15.0


@dataclass(frozen=True)
class Server:
    """A Streamlit server; `home` is its data folder, `log` what it printed."""

    url: str
    pid: int
    home: Path
    log: Path


@contextlib.contextmanager
def serve(
    script: Path, folder: Path, *flags: str, port: int | None = None, base_path: str = ""
) -> Iterator[Server]:
    """Run the script with its data folder and device locks under `folder`, and these flags; its
    health is asked below `base_path`.

    Raises RuntimeError, with what the server printed, where it does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, log = port or free_port(), folder / "streamlit.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *_flags(port), *flags],
            cwd=ROOT,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process.pid, folder / "home", log)
    try:
        _wait_until_healthy(server, process, base_path)
        yield server
    finally:
        _end(process)


def _flags(port: int) -> list[str]:
    return [f"--server.port={port}", "--server.headless=true"]


def _environment(folder: Path) -> dict[str, str]:
    data = {"TRADEOFFS_HOME": folder / "home", "TRADEOFFS_LOCKS": folder / "locks"}
    return {**os.environ, **{name: str(path) for name, path in data.items()}}


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes], base_path: str) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        if _is_healthy(f"{server.url}{base_path}/_stcore/health"):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{server.log.read_text()}")


def _is_healthy(address: str) -> bool:
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen(address, timeout=5) as reply,
    ):
        return bool(reply.status == 200)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the server; then whatever it leaves behind is killed too."""
    family = []
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=END_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _, left = psutil.wait_procs(family, timeout=END_S)
    for child in left:
        with contextlib.suppress(psutil.Error):
            child.kill()
