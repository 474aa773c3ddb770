"""What a worker of an engine beside transformers does with its commands."""

import gc
import logging
import queue
from collections.abc import Callable

from core.engine.adapters.asking import Inquiry
from core.engine.adapters.opened import Desk
from core.engine.adapters.opening import open_adapter
from core.engine.adapters.pair import EnginePair
from core.engine.adapters.shelf import OpenAdapter, Shelf
from core.engine.adapters.single import EngineRun
from core.engine.cancellation import Cancellation
from core.engine.failures import Fault, fault_of
from core.engine.host_device import HostDevice
from core.engine.phases import Phases
from core.engine.sides.cross_pair import CrossPair
from core.engine.sides.engine_side import EngineSide
from core.jobs.protocol import (
    DropCommand,
    Event,
    LoadCommand,
    PairCommand,
    Residents,
    RunCommand,
    Task,
)

logger = logging.getLogger(__name__)


def new_desk(
    device: str,
    cancellation: Cancellation,
    changed: Callable[[], None] = lambda: None,
    open_one: OpenAdapter = open_adapter,
) -> Desk:
    """What is measured with on that device; `changed` hears when something was loaded or freed."""
    shelf, inquiry = Shelf(open_one, changed), Inquiry(device, cancellation)
    return Desk(HostDevice(), shelf, inquiry, cancellation)


class EngineService:
    """Serves one device for one engine. A failed run leaves nothing of its variant behind."""

    def __init__(
        self,
        device: str,
        cancellation: Cancellation,
        send: Callable[[Event], None],
        open_one: OpenAdapter = open_adapter,
    ) -> None:
        self._send = send
        self._desk = new_desk(device, cancellation, self._tell_residents, open_one)
        self._tell_residents()

    def serve(self, commands: "queue.SimpleQueue[Task | DropCommand]") -> None:
        """Take commands one by one."""
        while True:
            self.take(commands.get())

    def take(self, command: Task | DropCommand) -> None:
        """Carry out one command. A load is served by transformers alone, and refused before it
        comes here.
        """
        match command:
            case DropCommand():
                self._desk.shelf.drop(command.variant_id)
            case PairCommand() if command.crosses:
                self._run(self._cross(command))
            case PairCommand():
                self._run(EnginePair(command, self._desk, self._send))
            case RunCommand():
                self._run(EngineRun(command, self._desk, self._send))
            case LoadCommand():
                raise NotImplementedError("loads are served by transformers alone")

    def _cross(self, command: PairCommand) -> CrossPair:
        desk = self._desk

        def own(run: RunCommand, phases: Phases) -> EngineSide:
            return EngineSide(run, desk, phases)

        return CrossPair(command, desk.device, desk.cancellation, self._send, own)

    def _run(self, work: EngineRun | EnginePair | CrossPair) -> None:
        self._desk.cancellation.begin(work.run_id)
        fault: Fault | None = None
        try:
            self._send(work.carry_out())
        except Exception as error:
            logger.exception("run %s failed", work.run_id)
            fault = fault_of(error, self._desk.device.free_bytes())
        # Outside the except block, where the exception's frames hold nothing any more.
        if fault is not None:
            self._desk.shelf.clear()
            gc.collect()
            self._desk.device.release()
            self._send(work.failed(fault))

    def _tell_residents(self) -> None:
        self._send(Residents(residents=self._desk.shelf.residents(), budget_bytes=None))
