"""A side that another engine runs in a process of its own, as its partner sees it."""

import os
import queue
import subprocess
import sys
import threading
from typing import IO

import psutil

from core.engine.cancellation import Cancellation
from core.engine.failures import SideFailed
from core.engine.phases import Phases
from core.engine.sides.messages import (
    SAID,
    Answer,
    Faulty,
    Finish,
    Headline,
    Open,
    Opened,
    Result,
    Said,
    Step,
    Turn,
)
from core.engine.sides.side import Ending
from core.errors import WorkerLost
from core.jobs.protocol import Progress, RunCommand
from core.results.record import Record
from core.results.types import RunResult
from core.variants.engine_environment import REPOSITORY, python_of

PROGRAM = ("-m", "core.engine.sides.process")
POLL_S = 0.1


class RemoteSide:
    """Starts the process when it is opened; its progress is told as the side's."""

    def __init__(self, command: RunCommand, cancellation: Cancellation, phases: Phases) -> None:
        self._command, self._cancellation, self._phases = command, cancellation, phases
        self._process: subprocess.Popen[bytes] | None = None
        self._said: queue.SimpleQueue[Said | None] = queue.SimpleQueue()

    def open(self) -> None:
        """Start the process, and wait until the side is warm."""
        engine, device = self._command.engine, self._command.device
        process = subprocess.Popen(
            [python_of(engine), *PROGRAM, "--engine", engine, "--device", device],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr.fileno(),
            cwd=REPOSITORY,
            env=dict(os.environ),
        )
        self._process = process
        assert process.stdout is not None
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()
        assert isinstance(self._ask(Open(run=self._command)), Opened)

    def headline(self) -> tuple[float, int]:
        """A turn without instruments."""
        turn = self._turn(Headline())
        return turn.seconds[0], turn.tokens

    def step(self) -> tuple[tuple[float, ...], int]:
        """A turn with a time stamp per token."""
        turn = self._turn(Step())
        return turn.seconds, turn.tokens

    def finish(self, ending: Ending) -> RunResult:
        """Its result."""
        answer = self._ask(Finish(ending=ending))
        assert isinstance(answer, Result)
        return answer.result

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def processor_seconds(self) -> float:
        """What the process has used of the processors; 0 where it is gone."""
        try:
            used = psutil.Process(self._process.pid if self._process else None).cpu_times()
        except psutil.Error:
            return 0.0
        return float(used.user + used.system)

    def _turn(self, asked: Record) -> Turn:
        answer = self._ask(asked)
        assert isinstance(answer, Turn)
        return answer

    def _ask(self, asked: Record) -> Answer:
        """The answer. Raises SideFailed where it failed, WorkerLost where the process ended, and
        RunCancelled where the pair was cancelled meanwhile.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(asked.model_dump_json().encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise self._lost() from None
        while True:
            said = self._next()
            if isinstance(said, Faulty):
                raise SideFailed(said.fault)
            if not isinstance(said, Progress):
                return said
            self._tell(said)

    def _next(self) -> Said:
        while True:
            self._cancellation.check()
            try:
                said = self._said.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if said is None:
                raise self._lost()
            return said

    def _tell(self, progress: Progress) -> None:
        if progress.phase is not self._phases.current:
            self._phases.enter(progress.phase, progress.detail)
        self._phases.tell(progress.done, progress.total, progress.detail)

    def _lost(self) -> WorkerLost:
        code = self._process.wait() if self._process else None
        return WorkerLost(f"The process of {self._command.engine} ended: exit status {code}.")

    def _read(self, output: IO[bytes]) -> None:
        try:
            for line in output:
                self._said.put(SAID.validate_json(line))
        finally:
            self._said.put(None)
