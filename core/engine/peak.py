"""The most memory that this process has while something runs, as the operating system counts it."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from core.engine.host_device import resident_set_bytes

SAMPLE_S = 0.002


class Peak:
    """The highest resident set so far, in bytes, and how it was found."""

    def __init__(self) -> None:
        self.bytes = 0
        self.method = ""


@contextlib.contextmanager
def peak_resident_set() -> Iterator[Peak]:
    """The kernel's own high-water mark where it can be reset, else samples of the resident set."""
    peak = Peak()
    status = Path(f"/proc/{os.getpid()}/status")
    reset = Path(f"/proc/{os.getpid()}/clear_refs")
    try:
        reset.write_text("5")
    except OSError:
        peak.method = f"resident set, sampled each {SAMPLE_S * 1000:.0f} ms"
        with _sampling(peak):
            yield peak
        return
    peak.method = "the kernel's high-water mark of the resident set"
    yield peak
    marks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    peak.bytes = int(marks[0].split()[1]) * 1024


@contextlib.contextmanager
def _sampling(peak: Peak) -> Iterator[None]:
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_S):
            peak.bytes = max(peak.bytes, resident_set_bytes())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        peak.bytes = max(peak.bytes, resident_set_bytes())
