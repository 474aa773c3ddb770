"""Two warm generations measured in turns A B B A, block by block, until the difference is told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.engine.compiling import CompileCounts, compile_counts
from core.engine.host import clock_mhz
from core.engine.latency import Passes, Tell
from core.engine.timing import Ready
from core.results.paired import Look, decide, looks
from core.results.types import Stopped
from core.variants.pairing import PairPlan

STEP_PAIRS = 12


@dataclass
class Turns:
    """One side while the two take turns: its repeats so far, and what compiled in them. `begin` is
    called as a turn of its begins.
    """

    ready: Ready
    begin: Callable[[], None]
    passes: Passes = field(default_factory=Passes)
    compiled: CompileCounts = field(default_factory=lambda: CompileCounts(0, 0, 0))

    def headline(self) -> None:
        """A repeat without instruments."""
        self._watched(lambda: self.passes.headline(*self.ready.generation.headline()))

    def step(self) -> None:
        """A repeat with a time stamp per token."""
        self._watched(lambda: self.passes.step(*self.ready.generation.step()))

    def _watched(self, repeat: Callable[[], None]) -> None:
        self.begin()
        before = compile_counts()
        repeat()
        self.compiled = self.compiled.plus(compile_counts().since(before))


@dataclass(frozen=True)
class Decision:
    """Why the turns ended, and at which look."""

    stopped: Stopped
    look: Look


def take_turns(a: Turns, b: Turns, plan: PairPlan, tell: Tell) -> Decision:
    """Measure until a look decides, at the latest after the plan's most pairs."""
    pairs = 0
    for look in looks(plan):
        while pairs < look.pairs:
            tell(pairs, plan.most_pairs)
            _block(a, b, with_steps=pairs < STEP_PAIRS)
            pairs += 2
        stopped = decide(a.passes.e2e_s, b.passes.e2e_s, look, plan)
        if stopped:
            _read_clock(a, b)
            return Decision(stopped, look)
    raise AssertionError("the last look of a plan decides")


def _block(a: Turns, b: Turns, with_steps: bool) -> None:
    """Two pairs in the order A B B A: of headline repeats, then of step repeats."""
    is_first = not a.passes.e2e_s
    for turn in (a, b, b, a):
        turn.headline()
    if is_first:
        _read_clock(a, b)
    for turn in (a, b, b, a) if with_steps else ():
        turn.step()


def _read_clock(a: Turns, b: Turns) -> None:
    """The clock after the first block, and at the end."""
    clock = clock_mhz(a.ready.generation.device)
    a.passes.clock_mhz.append(clock)
    b.passes.clock_mhz.append(clock)
