"""What a worker does with its commands: carry out runs, free variants, tell what it holds."""

import gc
import logging
import queue
from collections.abc import Callable

from core.engine.cancellation import Cancellation
from core.engine.compiling import never_fall_back_silently
from core.engine.device import open_device
from core.engine.failures import Fault, fault_of, ruins_process
from core.engine.loader import quiet_libraries
from core.engine.model_cache import ModelCache
from core.engine.pair import PairRun
from core.engine.phases import Phases
from core.engine.preparation import MemoryStuck
from core.engine.run import Bench, SingleRun
from core.engine.serving.load_work import LoadWork
from core.engine.sides.cross_pair import CrossPair
from core.engine.sides.torch_side import TorchSide
from core.jobs.protocol import (
    DropCommand,
    Event,
    LoadCommand,
    PairCommand,
    Resident,
    Residents,
    Retiring,
    RunCommand,
    Task,
)

logger = logging.getLogger(__name__)
Work = SingleRun | PairRun | CrossPair | LoadWork


def new_bench(
    device: str, cancellation: Cancellation, changed: Callable[[ModelCache], None]
) -> Bench:
    """What is measured with on that device; `changed` hears when something was loaded or freed."""
    quiet_libraries()
    never_fall_back_silently()
    opened = open_device(device)
    cache = ModelCache(opened, lambda: changed(cache))
    return Bench(opened, cache, cancellation)


class Service:
    """Serves one device until it retires: when freed memory does not come back, or when an
    error has ruined the process.
    """

    def __init__(
        self, device: str, cancellation: Cancellation, send: Callable[[Event], None]
    ) -> None:
        self._send = send
        self._bench = new_bench(device, cancellation, lambda _: self._tell_residents())
        self._retiring = False
        self._tell_residents()

    def serve(self, commands: "queue.SimpleQueue[Task | DropCommand]") -> None:
        """Take commands one by one."""
        while not self._retiring:
            command = commands.get()
            if isinstance(command, DropCommand):
                self._bench.cache.drop(command.variant_id)
            else:
                self._run(self._work(command))

    def _work(self, task: Task) -> Work:
        match task:
            case RunCommand():
                return SingleRun(task, self._bench, self._send)
            case PairCommand() if task.crosses:
                return self._cross(task)
            case PairCommand():
                return PairRun(task, self._bench, self._send)
            case LoadCommand():
                return LoadWork(task, self._bench, self._send)

    def _cross(self, task: PairCommand) -> CrossPair:
        bench = self._bench

        def own(command: RunCommand, phases: Phases) -> TorchSide:
            return TorchSide(command, bench, phases)

        return CrossPair(task, bench.device, bench.cancellation, self._send, own)

    def _run(self, work: Work) -> None:
        self._bench.cancellation.begin(work.run_id)
        fault: Fault | None = None
        try:
            self._send(work.carry_out())
        except MemoryStuck as stuck:
            self._retire(str(stuck), work.run_id)
        except Exception as error:
            logger.exception("run %s failed", work.run_id)
            fault = fault_of(error, self._bench.device.free_bytes())
            self._retiring = ruins_process(error)
        # Outside the except block, where the exception's frames no longer hold the tensors.
        if fault is not None:
            self._report(work, fault)

    def _report(self, work: Work, fault: Fault) -> None:
        if self._retiring:
            self._retire("the error has ruined the process", None)
        else:
            self._recover()
        self._send(work.failed(fault))

    def _recover(self) -> None:
        """Free what the failed run held; a process that keeps it retires."""
        gc.collect()
        self._bench.device.release()
        stuck = self._bench.cache.stuck_bytes()
        if stuck:
            self._retire(f"{stuck / 1e9:.1f} GB of freed memory did not come back", None)

    def _retire(self, reason: str, redo_run_id: str | None) -> None:
        self._retiring = True
        self._send(Retiring(reason=reason, redo_run_id=redo_run_id))

    def _tell_residents(self) -> None:
        cache = self._bench.cache
        self._send(
            Residents(
                budget_bytes=cache.budget_bytes,
                residents=tuple(
                    Resident(
                        variant=entry.variant,
                        weights_bytes=entry.weights_bytes,
                        used_at=entry.used_at,
                    )
                    for entry in cache.loaded.values()
                ),
            )
        )
