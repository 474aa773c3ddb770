"""Two warm runners measured in turns A B B A, block by block, until the difference is told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.engine.adapters.adapter import Runner
from core.engine.latency import Passes, ReadClock, Tell
from core.results.paired import Look, decide, looks
from core.results.types import Stopped
from core.variants.pairing import PairPlan

STEP_PAIRS = 12


@dataclass
class Turns:
    """One side while the two take turns, and its repeats so far. `begin` is called as a turn of its
    begins; `read_clock` reads the clock of its device.
    """

    runner: Runner
    begin: Callable[[], None]
    read_clock: ReadClock
    passes: Passes = field(default_factory=Passes)

    def headline(self) -> None:
        """A repeat without instruments."""
        self.begin()
        self.passes.headline(*self.runner.headline())

    def step(self) -> None:
        """A repeat with a time stamp per token."""
        self.begin()
        self.passes.step(*self.runner.step())


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
    for turn in (a, b):
        turn.passes.clock_mhz.append(turn.read_clock())
