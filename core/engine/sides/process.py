"""The process of one side: reads what is asked, answers, and ends when its input does.

`python -m core.engine.sides.process --engine transformers --device cpu`. Standard output carries
answers alone; whatever else is printed goes to standard error.
"""

import argparse
import os
import queue
import sys
import threading
from typing import IO

import psutil

from core.engine.cancellation import Cancellation
from core.engine.failures import fault_of
from core.engine.phases import Phases
from core.engine.sides.messages import (
    ASKED,
    Answer,
    Asked,
    Faulty,
    Finish,
    Headline,
    Open,
    Opened,
    Result,
    Step,
    Turn,
)
from core.engine.sides.side import PairSide
from core.jobs.protocol import RunCommand
from core.results.record import Record
from core.variants.engine import Engine


class Lines:
    """The pipes. A thread reads, so that the process ends at once when its partner is gone."""

    def __init__(self, asked: IO[bytes], answers: IO[bytes]) -> None:
        self.waiting: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self._asked, self._answers = asked, answers
        threading.Thread(target=self._read, daemon=True).start()

    def say(self, record: Record) -> None:
        """Write one line."""
        self._answers.write(record.model_dump_json().encode() + b"\n")
        self._answers.flush()

    def _read(self) -> None:
        try:
            for line in self._asked:
                self.waiting.put(ASKED.validate_json(line))
        finally:
            os._exit(0)


def side_for(command: RunCommand, lines: Lines) -> PairSide:
    """The side of a run, by its engine."""
    cancellation, device = Cancellation(), command.spec.variant.device
    phases = Phases(command.run_id, cancellation, lines.say)
    if command.engine is Engine.TRANSFORMERS:
        from core.engine.service import new_bench
        from core.engine.sides.torch_side import TorchSide

        return TorchSide(command, new_bench(device, cancellation, lambda _: None), phases)
    from core.engine.adapters.service import new_desk
    from core.engine.sides.engine_side import EngineSide

    return EngineSide(command, new_desk(device, cancellation), phases)


def answer(side: PairSide, asked: Asked) -> Answer:
    """Do what is asked."""
    match asked:
        case Open():
            side.open()
            return Opened()
        case Headline():
            seconds, tokens = side.headline()
            return Turn(seconds=(seconds,), tokens=tokens)
        case Step():
            stamps, tokens = side.step()
            return Turn(seconds=stamps, tokens=tokens)
        case Finish(ending=ending):
            return Result(result=side.finish(ending))


def serve(lines: Lines) -> None:
    """Answer until the result was told, or something failed."""
    first = lines.waiting.get()
    assert isinstance(first, Open)
    try:
        side, asked = side_for(first.run, lines), first
        while True:
            lines.say(answer(side, asked))
            if isinstance(asked, Finish):
                return
            asked = lines.waiting.get()  # type: ignore[assignment]
    except Exception as error:  # noqa: BLE001 - whatever it is, the partner is told
        lines.say(Faulty(fault=fault_of(error, psutil.virtual_memory().available)))


def main() -> int:
    """Serve one side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", type=Engine, required=True)
    parser.add_argument("--device", default="cpu")
    parser.parse_args()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(Lines(sys.stdin.buffer, answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
