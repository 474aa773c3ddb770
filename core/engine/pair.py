"""A pair: two runs in one worker, both variants in memory, measured in turns.

Each is compiled and warmed up on its very shape before the first turn. After the turns come memory,
quality and the person's own task, for each side as for a single run.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from core.engine.beside import refuse_what_cannot_fit_together
from core.engine.ceilings import open_ceilings
from core.engine.failures import Fault
from core.engine.host import CpuShareWatch, device_state
from core.engine.phases import Phases
from core.engine.preparation import need_of, variants_of
from core.engine.run import (
    Bench,
    Subject,
    failure_of,
    judged_parts,
    open_subject,
    result_of,
    weighed_parts,
)
from core.engine.timing import Timed, make_ready, timed_of
from core.engine.turns import Decision, Turns, take_turns
from core.errors import FailureKind
from core.jobs.protocol import Event, PairCommand, PairEnded
from core.results.measured import Phase
from core.results.observed import Ceilings
from core.results.types import Outcome, Pairing, RunResult
from core.variants.footprint import Footprint
from core.variants.pairing import Side
from core.variants.precision import PRECISIONS

Subjects = dict[Side, Subject]
Parts = dict[Side, dict[str, Any]]


class PairRun:
    """A pair as the worker's service carries it out; its id is that of run A."""

    def __init__(self, command: PairCommand, bench: Bench, send: Callable[[Event], None]) -> None:
        self.run_id = command.a.run_id
        self._plan = command.plan
        self._runs = {Side.A: command.a, Side.B: command.b}
        self._bench = bench
        self._both = Phases(self.run_id, bench.cancellation, send)
        self._phases = {
            side: Phases(self.run_id, bench.cancellation, send, side.upper()) for side in Side
        }
        self._phases[Side.B].pause()
        self._at: Side | None = None
        self._brought_bytes: dict[Side, int] = {}

    def carry_out(self) -> Event:
        """All phases of both. Raises RunError, RequestError, MemoryStuck, or what the libraries
        raise.
        """
        self._phases[Side.A].enter(Phase.LOADING, "what this device can do at most")
        ceilings = open_ceilings(self._bench.device)
        subjects = self._load()
        timed, decision = self._time(subjects)
        parts = self._weigh(subjects, timed, ceilings)
        for side in self._in_turn():
            parts[side] |= judged_parts(subjects[side], self._bench)
        self._both.enter(Phase.DONE)
        a, b = (
            self._result(side, subjects[side], timed[side], parts[side], decision) for side in Side
        )
        return PairEnded(outcomes=(a, b))

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised: of the side that failed why, of the other that it had to
        stop; the same of both where it was nobody's fault.
        """
        a, b = (self._failure(side, fault) for side in Side)
        return PairEnded(outcomes=(a, b))

    def _in_turn(self, order: Iterable[Side] = Side) -> Iterator[Side]:
        """Each side, which has its phases counted meanwhile and answers for what fails."""
        for side in order:
            self._at = side
            yield side
            self._phases[side].pause()
        self._at = None

    def _load(self) -> Subjects:
        """Both variants in memory; refused before either is loaded where they do not fit."""
        needs = [self._need(side) for side in self._in_turn()]
        specs = [run.spec for run in self._runs.values()]
        stay = [variants_of(spec) for spec in specs]
        refuse_what_cannot_fit_together(
            (needs[0], needs[1]),
            (specs[0].variant, specs[1].variant),
            (*stay[0], *stay[1]),
            self._bench.cache,
            self._bench.device,
        )
        return {side: self._open(side) for side in self._in_turn(self._plain_first())}

    def _plain_first(self) -> list[Side]:
        """The order of loading: what a quantising library brings along is then seen apart."""
        precision = {side: run.spec.variant.precision for side, run in self._runs.items()}
        return sorted(Side, key=lambda side: PRECISIONS[precision[side]].library is not None)

    def _open(self, side: Side) -> Subject:
        """Load a side beside the other, and note what that took besides the weights."""
        before = self._unexplained_bytes()
        other = variants_of(self._runs[_other(side)].spec)
        subject = open_subject(self._runs[side], self._bench, self._phases[side], other)
        self._brought_bytes[side] = max(0, self._unexplained_bytes() - before)
        return subject

    def _unexplained_bytes(self) -> int:
        self._bench.device.release()
        return self._bench.device.used_bytes() - self._bench.cache.resident_bytes

    def _need(self, side: Side) -> Footprint | None:
        phases = self._phases[side]

        def tell(detail: str) -> None:
            phases.enter(Phase.LOADING, detail)

        tell("reading the model's files")
        return need_of(self._runs[side].spec, self._bench.cache, tell)[0]

    def _time(self, subjects: Subjects) -> tuple[dict[Side, Timed], Decision]:
        """Both compiled and warm, then in turns."""
        turns = {side: self._make_ready(side, subjects[side]) for side in self._in_turn()}
        for phases in (*self._phases.values(), self._both):
            phases.enter(Phase.MEASURING, "in turns A B B A")
        before, watch = device_state(self._bench.device), CpuShareWatch()
        decision = take_turns(turns[Side.A], turns[Side.B], self._plan, self._both.tell)
        after = device_state(self._bench.device, watch)
        self._at = None
        for phases in self._phases.values():
            phases.pause()
        timed = {
            side: timed_of(turn.ready, turn.passes, turn.compiled, before, after)
            for side, turn in turns.items()
        }
        return timed, decision

    def _make_ready(self, side: Side, subject: Subject) -> Turns:
        def begin() -> None:
            self._at = side

        return Turns(make_ready(subject.generation, self._phases[side]), begin)

    def _weigh(
        self, subjects: Subjects, timed: dict[Side, Timed], ceilings: Ceilings | None
    ) -> Parts:
        parts = {}
        for side in self._in_turn():
            beside = self._beside_bytes(subjects[side], subjects[_other(side)], _other(side))
            parts[side] = weighed_parts(subjects[side], timed[side], self._bench, ceilings, beside)
        return parts

    def _beside_bytes(self, subject: Subject, other: Subject, other_side: Side) -> int:
        """What the other side holds besides its weights while this one is weighed: a static cache,
        the graphs of another variant, and what loading it last brought along, such as a library.
        What the first one brought is needed by both, as far as can be told.
        """
        theirs, mine = other.generation, subject.generation
        graphs = theirs.loaded.graph_bytes if theirs.loaded is not mine.loaded else 0
        is_last = other_side is self._plain_first()[-1]
        return theirs.kept_bytes + graphs + (self._brought_bytes[other_side] if is_last else 0)

    def _result(
        self, side: Side, subject: Subject, timed: Timed, parts: dict[str, Any], decision: Decision
    ) -> RunResult:
        pairing = Pairing(
            partner_id=self._runs[_other(side)].run_id,
            side=side,
            pairs=decision.look.pairs,
            stopped=decision.stopped,
            error_rate=decision.look.error_rate,
            most_pairs=self._plan.most_pairs,
            smallest_effect=self._plan.smallest_effect,
        )
        return result_of(subject, timed, {**parts, "pairing": pairing})

    def _failure(self, side: Side, fault: Fault) -> Outcome:
        command, phase = self._runs[side], self._phases[side].current
        at_fault = None if fault.kind is FailureKind.CANCELLED else self._at
        if at_fault in (None, side):
            return failure_of(command, phase, fault)
        partner = self._runs[_other(side)].run_id
        reason = f"It was to be measured in turns with run {partner}, which failed: {fault.message}"
        return failure_of(command, phase, Fault(kind=FailureKind.CANCELLED, message=reason))


def _other(side: Side) -> Side:
    return Side.B if side is Side.A else Side.A
