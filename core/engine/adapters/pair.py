"""A pair of variants of one engine: both loaded, measured in turns, then weighed and judged."""

from collections.abc import Callable

from core.engine.adapters.measurement import Repeated, clock_of, result_of, warmed_up
from core.engine.adapters.opened import Desk, Opened, open_run
from core.engine.failures import Fault
from core.engine.host import CpuShareWatch, device_state
from core.engine.latency import WarmUp
from core.engine.pair_sides import PairSides, other
from core.engine.turns import Decision, Turns, take_turns
from core.jobs.protocol import Event, PairCommand, PairEnded
from core.results.measured import Phase
from core.results.types import RunResult
from core.variants.pairing import Side


class EnginePair:
    """A pair as the worker's service carries it out; its id is that of run A."""

    def __init__(self, command: PairCommand, desk: Desk, send: Callable[[Event], None]) -> None:
        self.run_id = command.a.run_id
        self._desk = desk
        self._sides = PairSides(command, desk.cancellation, send)

    def carry_out(self) -> Event:
        """All phases of both. Raises RunError, RequestError, or what the engine raises."""
        opened: dict[Side, Opened] = {}
        try:
            for side in self._sides.in_turn():
                opened[side] = self._open(side)
            timed, decision = self._time(opened)
            a, b = (
                self._result(side, opened, timed[side], decision) for side in self._sides.in_turn()
            )
        finally:
            for one in opened.values():
                one.runner.close()
        self._sides.both.enter(Phase.DONE)
        return PairEnded(outcomes=(a, b))

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised."""
        return self._sides.failed(fault)

    def _open(self, side: Side) -> Opened:
        beside = self._sides.runs[other(side)].spec
        command, phases = self._sides.runs[side], self._sides.phases[side]
        return open_run(command, self._desk, phases, (beside,))

    def _time(self, opened: dict[Side, Opened]) -> tuple[dict[Side, Repeated], Decision]:
        """Both warm, then in turns."""
        sides, desk = self._sides, self._desk
        warm: dict[Side, WarmUp] = {s: warmed_up(opened[s]) for s in sides.in_turn()}
        a, b = (
            Turns(opened[side].runner, sides.begin(side), clock_of(opened[side], desk))
            for side in Side
        )
        sides.measure()
        before, watch = device_state(desk.device), CpuShareWatch()
        decision = take_turns(a, b, sides.plan, sides.both.tell)
        after = device_state(desk.device, watch)
        sides.measured()
        turns = ((Side.A, a), (Side.B, b))
        return {s: Repeated(warm[s], turn.passes, before, after) for s, turn in turns}, decision

    def _result(
        self, side: Side, opened: dict[Side, Opened], timed: Repeated, decision: Decision
    ) -> RunResult:
        beside = _told_bytes(opened[other(side)], opened[side])
        pairing = self._sides.pairing(side, decision)
        return result_of(opened[side], timed, self._desk, beside, pairing=pairing)


def _told_bytes(theirs: Opened, mine: Opened) -> int:
    """What the other side holds, as its engine tells it; the same weights are shared."""
    told = theirs.runner.memory()
    weights = 0 if theirs.held is mine.held else told.weights_bytes or 0
    return weights + (told.kv_cache_bytes or 0) + (told.activation_bytes or 0)
