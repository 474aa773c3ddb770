"""A worker does not outlive whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from core.jobs.device_lock import DeviceLock

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import sys
from core.jobs.manager import JobManager
from core.variants.request import build_spec
jobs = JobManager()
values = {"model": sys.argv[1], "max_new_tokens": 50, "repeats": 1000, "quality": False}
jobs.wait(jobs.submit(build_spec(values)), lambda job: print(job.phase, flush=True))
"""


def test_a_killed_parent_takes_its_worker_along_and_frees_the_device(
    tiny_model_folder: Path,
) -> None:
    command = [sys.executable, "-c", PARENT, str(tiny_model_folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert any("measuring" in line for line in parent.stdout)
        family = psutil.Process(parent.pid).children(recursive=True)
        assert family
        assert not DeviceLock("cpu").try_acquire()
        os.kill(parent.pid, signal.SIGKILL)
        started = time.monotonic()
        _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert time.monotonic() - started < 5
    lock = DeviceLock("cpu")
    assert lock.try_acquire()
    lock.release()
