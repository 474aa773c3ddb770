"""The worker process: reads commands as JSON lines, measures, and writes events as JSON lines.

`python -m core.engine.worker --engine transformers --device cpu`, by the Python of that engine's
environment. Standard output carries events alone; whatever else
is printed goes to standard error. The worker ends when its parent's end of the pipe closes.
"""

import argparse
import os
import queue
import signal
import sys
import threading
from typing import IO

from core.engine.cancellation import Cancellation
from core.jobs.protocol import COMMANDS, CancelCommand, DropCommand, Event, Task
from core.variants.engine import DEFAULT_ENGINE, Engine


class Channel:
    """The pipes to the parent. A thread reads; cancelling takes effect at once, the rest waits."""

    def __init__(self, commands: IO[bytes], events: IO[bytes]) -> None:
        self.cancellation = Cancellation()
        self.waiting: queue.SimpleQueue[Task | DropCommand] = queue.SimpleQueue()
        self._commands = commands
        self._events = events
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    def send(self, event: Event) -> None:
        """Write one event."""
        self._events.write(event.model_dump_json().encode() + b"\n")
        self._events.flush()

    def _read(self) -> None:
        try:
            for line in self._commands:
                command = COMMANDS.validate_json(line)
                if isinstance(command, CancelCommand):
                    self.cancellation.cancel(command.run_id)
                else:
                    self.waiting.put(command)
        finally:
            end_with_children()


def end_with_children() -> None:
    """End this process and its group at once; a long compile cannot hold that up."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> int:
    """Serve commands until the parent is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--engine", type=Engine, default=DEFAULT_ENGINE)
    chosen = parser.parse_args()
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    channel = Channel(sys.stdin.buffer, events)
    serve(chosen.engine, chosen.device, channel)
    return 0


def serve(engine: Engine, device: str, channel: Channel) -> None:
    """Carry out commands. What does so is imported here, since it takes seconds, and the parent may
    be gone before it is done; PyTorch only where it is the engine.
    """
    if engine is Engine.TRANSFORMERS:
        from core.engine.service import Service

        Service(device, channel.cancellation, channel.send).serve(channel.waiting)
    else:
        from core.engine.adapters.service import EngineService

        EngineService(device, channel.cancellation, channel.send).serve(channel.waiting)


if __name__ == "__main__":
    sys.exit(main())
