"""The two sides of a pair: whose turn it is, whose phases count meanwhile, and who failed.

The same for all engines; knows nothing of what runs.
"""

from collections.abc import Callable, Iterable, Iterator

from core.engine.cancellation import Cancellation
from core.engine.failures import Fault, failure_of
from core.engine.phases import Phases
from core.engine.turns import Decision
from core.errors import FailureKind
from core.jobs.protocol import Event, PairCommand, PairEnded
from core.results.measured import Phase
from core.results.types import Outcome, Pairing
from core.variants.pairing import Side


class PairSides:
    """Phases of each side and of both; `at` is the side that answers for what fails, if any."""

    def __init__(
        self, command: PairCommand, cancellation: Cancellation, send: Callable[[Event], None]
    ) -> None:
        self.runs = {Side.A: command.a, Side.B: command.b}
        self.plan = command.plan
        self.both = Phases(command.a.run_id, cancellation, send)
        self.phases = {
            side: Phases(command.a.run_id, cancellation, send, side.upper()) for side in Side
        }
        self.phases[Side.B].pause()
        self.at: Side | None = None

    def in_turn(self, order: Iterable[Side] = Side) -> Iterator[Side]:
        """Each side, which has its phases counted meanwhile and answers for what fails."""
        for side in order:
            self.at = side
            yield side
            self.phases[side].pause()
        self.at = None

    def begin(self, side: Side) -> Callable[[], None]:
        """What makes a side answer for what fails from now on."""

        def begin() -> None:
            self.at = side

        return begin

    def measure(self) -> None:
        """Both begin to take turns."""
        for phases in (*self.phases.values(), self.both):
            phases.enter(Phase.MEASURING, "in turns A B B A")

    def measured(self) -> None:
        """The turns are over."""
        self.at = None
        for phases in self.phases.values():
            phases.pause()

    def pairing(self, side: Side, decision: Decision) -> Pairing:
        """What a side's result says of the other."""
        return Pairing(
            partner_id=self.runs[other(side)].run_id,
            side=side,
            pairs=decision.look.pairs,
            stopped=decision.stopped,
            error_rate=decision.look.error_rate,
            most_pairs=self.plan.most_pairs,
            smallest_effect=self.plan.smallest_effect,
        )

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised: of the side that failed why, of the other that it had to
        stop; the same of both where it was nobody's fault.
        """
        a, b = (self._failure(side, fault) for side in Side)
        return PairEnded(outcomes=(a, b))

    def _failure(self, side: Side, fault: Fault) -> Outcome:
        command, phase = self.runs[side], self.phases[side].current
        at_fault = None if fault.kind is FailureKind.CANCELLED else self.at
        if at_fault in (None, side):
            return failure_of(command, phase, fault)
        partner = self.runs[other(side)].run_id
        reason = f"It was to be measured in turns with run {partner}, which failed: {fault.message}"
        return failure_of(command, phase, Fault(kind=FailureKind.CANCELLED, message=reason))


def other(side: Side) -> Side:
    """The other one."""
    return Side.B if side is Side.A else Side.A
