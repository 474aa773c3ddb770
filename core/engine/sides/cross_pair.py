"""A pair across engines: A in this process, B in one of its own, measured in turns.

Each has its own memory and its own libraries; only one computes at a time, and what both use of the
processors is theirs and no other program's.
"""

import time
from collections.abc import Callable

from core.engine.cancellation import Cancellation
from core.engine.failures import Fault
from core.engine.host import CpuShareWatch, Place, clock_mhz, device_state
from core.engine.pair_sides import PairSides
from core.engine.phases import Phases
from core.engine.sides.remote_side import RemoteSide
from core.engine.sides.side import Ending, PairSide
from core.engine.turns import Turns, take_turns
from core.jobs.protocol import Event, PairCommand, PairEnded, RunCommand
from core.results.measured import Phase
from core.results.observed import DeviceState
from core.variants.pairing import Side

REST_S = 0.02  # threads that still wait in a loop for more work go to sleep meanwhile
MakeSide = Callable[[RunCommand, Phases], PairSide]


class CrossPair:
    """The pair as the worker's service of A's engine carries it out."""

    def __init__(
        self,
        command: PairCommand,
        device: Place,
        cancellation: Cancellation,
        send: Callable[[Event], None],
        make_own: MakeSide,
    ) -> None:
        self.run_id = command.a.run_id
        self._device = device
        self._sides = PairSides(command, cancellation, send)
        own = make_own(command.a, self._sides.phases[Side.A])
        self._other = RemoteSide(command.b, cancellation, self._sides.phases[Side.B])
        self._work: dict[Side, PairSide] = {Side.A: own, Side.B: self._other}

    def carry_out(self) -> Event:
        """All phases of both. Raises RunError, RequestError, or what the engines raise."""
        try:
            for side in self._sides.in_turn():
                self._work[side].open()
            endings = self._take_turns()
            a, b = (self._work[s].finish(endings[s]) for s in self._sides.in_turn())
        finally:
            for work in self._work.values():
                work.close()
        self._sides.both.enter(Phase.DONE)
        return PairEnded(outcomes=(a, b))

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised."""
        return self._sides.failed(fault)

    def _take_turns(self) -> dict[Side, Ending]:
        sides = self._sides
        turns = {s: Turns(self._work[s], self._rested(s), self._read_clock) for s in Side}
        sides.measure()
        before, watch = device_state(self._device), CpuShareWatch(self._other.processor_seconds)
        decision = take_turns(turns[Side.A], turns[Side.B], sides.plan, sides.both.tell)
        after: DeviceState = device_state(self._device, watch)
        sides.measured()
        return {
            side: Ending(
                pairing=sides.pairing(side, decision),
                clock_mhz=tuple(turns[side].passes.clock_mhz),
                before=before,
                after=after,
            )
            for side in Side
        }

    def _rested(self, side: Side) -> Callable[[], None]:
        """What begins a side's turn: its partner's threads have come to rest."""
        begin = self._sides.begin(side)

        def begin_rested() -> None:
            begin()
            time.sleep(REST_S)

        return begin_rested

    def _read_clock(self) -> float | None:
        return clock_mhz(self._device)
