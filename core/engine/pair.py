"""A pair: two runs in one worker, both variants in memory, measured in turns.

Each is compiled and warmed up on its very shape before the first turn. After the turns come memory,
quality and the person's own task, for each side as for a single run.
"""

from collections.abc import Callable
from typing import Any

from core.engine.beside import refuse_what_cannot_fit_together
from core.engine.ceilings import open_ceilings
from core.engine.failures import Fault
from core.engine.host import CpuShareWatch, clock_mhz, device_state
from core.engine.pair_sides import PairSides, other
from core.engine.preparation import need_of, variants_of
from core.engine.run import (
    Bench,
    Subject,
    judged_parts,
    open_subject,
    result_of,
    weighed_parts,
)
from core.engine.timing import CompileWatch, Timed, make_ready, timed_of
from core.engine.turns import Decision, Turns, take_turns
from core.jobs.protocol import Event, PairCommand, PairEnded
from core.results.measured import Phase
from core.results.observed import Ceilings
from core.variants.footprint import Footprint
from core.variants.pairing import Side
from core.variants.precision import PRECISIONS

Subjects = dict[Side, Subject]
Parts = dict[Side, dict[str, Any]]


class PairRun:
    """A pair as the worker's service carries it out; its id is that of run A."""

    def __init__(self, command: PairCommand, bench: Bench, send: Callable[[Event], None]) -> None:
        self.run_id = command.a.run_id
        self._bench = bench
        self._sides = PairSides(command, bench.cancellation, send)
        self._brought_bytes: dict[Side, int] = {}

    def carry_out(self) -> Event:
        """All phases of both. Raises RunError, RequestError, MemoryStuck, or what the libraries
        raise.
        """
        sides = self._sides
        sides.phases[Side.A].enter(Phase.LOADING, "what this device can do at most")
        ceilings = open_ceilings(self._bench.device)
        subjects = self._load()
        timed, decision = self._time(subjects)
        parts = self._weigh(subjects, timed, ceilings)
        for side in sides.in_turn():
            parts[side] |= judged_parts(subjects[side], self._bench)
            parts[side]["pairing"] = sides.pairing(side, decision)
        sides.both.enter(Phase.DONE)
        a, b = (result_of(subjects[side], timed[side], parts[side]) for side in Side)
        return PairEnded(outcomes=(a, b))

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised."""
        return self._sides.failed(fault)

    def _load(self) -> Subjects:
        """Both variants in memory; refused before either is loaded where they do not fit."""
        needs = [self._need(side) for side in self._sides.in_turn()]
        specs = [run.spec for run in self._sides.runs.values()]
        stay = [variants_of(spec) for spec in specs]
        refuse_what_cannot_fit_together(
            (needs[0], needs[1]),
            (specs[0].variant, specs[1].variant),
            (*stay[0], *stay[1]),
            self._bench.cache,
            self._bench.device,
        )
        return {side: self._open(side) for side in self._sides.in_turn(self._plain_first())}

    def _plain_first(self) -> list[Side]:
        """The order of loading: what a quantising library brings along is then seen apart."""
        precision = {side: run.spec.variant.precision for side, run in self._sides.runs.items()}
        return sorted(Side, key=lambda side: PRECISIONS[precision[side]].library is not None)

    def _open(self, side: Side) -> Subject:
        """Load a side beside the other, and note what that took besides the weights."""
        before = self._unexplained_bytes()
        beside = variants_of(self._sides.runs[other(side)].spec)
        command, phases = self._sides.runs[side], self._sides.phases[side]
        subject = open_subject(command, self._bench, phases, beside)
        self._brought_bytes[side] = max(0, self._unexplained_bytes() - before)
        return subject

    def _unexplained_bytes(self) -> int:
        self._bench.device.release()
        return self._bench.device.used_bytes() - self._bench.cache.resident_bytes

    def _need(self, side: Side) -> Footprint | None:
        phases = self._sides.phases[side]

        def tell(detail: str) -> None:
            phases.enter(Phase.LOADING, detail)

        tell("reading the model's files")
        return need_of(self._sides.runs[side].spec, self._bench.cache, tell)[0]

    def _time(self, subjects: Subjects) -> tuple[dict[Side, Timed], Decision]:
        """Both compiled and warm, then in turns."""
        sides, device = self._sides, self._bench.device
        ready = {
            side: make_ready(subjects[side].generation, sides.phases[side])
            for side in sides.in_turn()
        }
        watches = {side: CompileWatch(ready[side].generation) for side in Side}
        a, b = (Turns(watches[side], sides.begin(side), lambda: clock_mhz(device)) for side in Side)
        sides.measure()
        before, watch = device_state(device), CpuShareWatch()
        decision = take_turns(a, b, sides.plan, sides.both.tell)
        after = device_state(device, watch)
        sides.measured()
        timed = {
            side: timed_of(ready[side], turn.passes, watches[side].compiled, before, after)
            for side, turn in ((Side.A, a), (Side.B, b))
        }
        return timed, decision

    def _weigh(
        self, subjects: Subjects, timed: dict[Side, Timed], ceilings: Ceilings | None
    ) -> Parts:
        parts = {}
        for side in self._sides.in_turn():
            beside = self._beside_bytes(subjects[side], subjects[other(side)], other(side))
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
