"""The bridge's standard output: a message a line, from any thread."""

import os
import sys
import threading
from typing import IO

from core.results.record import Record


class Lines:
    """Standard output, a message a line, from any thread; what others print goes to stderr."""

    def __init__(self) -> None:
        self._out: IO[bytes] = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        self._writing = threading.Lock()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write(self, line: str) -> None:
        """Write one line."""
        with self._writing:
            self._out.write(line.encode() + b"\n")
            self._out.flush()

    def say(self, message: Record) -> None:
        """Write one message."""
        self.write(message.model_dump_json())
