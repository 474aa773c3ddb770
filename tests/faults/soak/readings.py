"""What a running dashboard holds: memory, threads, open files and processes, its files on disk."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.faults.own_memory import own_bytes


@dataclass(frozen=True)
class Reading:
    """Of the server and of the processes below it, the workers. Bytes are a process's own;
    `files` are those below the data folder and the temporary one.
    """

    server_bytes: int
    workers_bytes: int
    server_threads: int
    worker_threads: int
    server_files: int
    worker_files: int
    processes: int
    files: int


def read(pid: int, folder: Path) -> Reading:
    """The present state of the server with that process id, and of all that stand below it."""
    server = psutil.Process(pid)
    own, workers = _of(server), []
    for child in server.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            workers.append(_of(child))
    return Reading(
        server_bytes=own[0],
        workers_bytes=sum(worker[0] for worker in workers),
        server_threads=own[1],
        worker_threads=sum(worker[1] for worker in workers),
        server_files=own[2],
        worker_files=sum(worker[2] for worker in workers),
        processes=1 + len(workers),
        files=sum(1 for path in folder.rglob("*") if path.is_file()),
    )


def _of(process: psutil.Process) -> tuple[int, int, int]:
    """Its own memory in bytes, its threads, and its open files of every kind."""
    return own_bytes(process), process.num_threads(), process.num_fds()
