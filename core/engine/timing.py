"""The timed part of a run: compile where there is something to compile, warm up, measure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.engine.compiling import CompileCounts, compile_counts
from core.engine.generate import Generation
from core.engine.host import CpuShareWatch, clock_mhz, device_state
from core.engine.latency import Passes, WarmUp, both_passes, samples_of, warm_up
from core.engine.phases import Phases
from core.results.measured import Phase, Samples
from core.results.observed import DeviceState
from core.results.statistics import median

Repeat = TypeVar("Repeat")


@dataclass(frozen=True)
class Timed:
    """The timed part: its samples, what it compiled, and the device's state around it.
    `first_s` is the first run of this shape, None where the shape had run before.
    """

    samples: Samples
    first_s: float | None
    compile_s: float | None
    compiled: CompileCounts
    before: DeviceState
    after: DeviceState


@dataclass(frozen=True)
class FirstRun:
    """Seconds of the first run of a shape, and whether it compiled anything."""

    seconds: float
    compiled: bool


@dataclass(frozen=True)
class Ready:
    """A generation that is compiled and warm. `is_new` tells whether its shape had not run before,
    `first` is its first run where that was apart from warming up.
    """

    generation: Generation
    is_new: bool
    first: FirstRun | None
    warm: WarmUp


class CompileWatch:
    """A generation whose repeats are watched for what compiles in them."""

    def __init__(self, generation: Generation) -> None:
        self.compiled = CompileCounts(0, 0, 0)
        self._generation = generation

    def headline(self) -> tuple[float, int]:
        """A repeat without instruments."""
        return self._watched(self._generation.headline)

    def step(self) -> tuple[tuple[float, ...], int]:
        """A repeat with a time stamp per token."""
        return self._watched(self._generation.step)

    def _watched(self, repeat: Callable[[], Repeat]) -> Repeat:
        before = compile_counts()
        found = repeat()
        self.compiled = self.compiled.plus(compile_counts().since(before))
        return found


def time_generation(generation: Generation, phases: Phases) -> Timed:
    """Compile where there is something to compile, run until the times settle, then measure."""
    ready = make_ready(generation, phases)
    before = device_state(generation.device)
    watch, counts = CpuShareWatch(), compile_counts()
    phases.enter(Phase.MEASURING)
    device, repeats = generation.device, generation.workload.repeats
    passes = both_passes(generation, repeats, phases.tell, lambda: clock_mhz(device))
    compiled = compile_counts().since(counts)
    return timed_of(ready, passes, compiled, before, device_state(device, watch))


def make_ready(generation: Generation, phases: Phases) -> Ready:
    """Compile where there is something to compile, and run until the times settle."""
    workload, ran = generation.workload, generation.loaded.shapes
    is_new = generation.shape not in ran
    ran.add(generation.shape)
    first = _compile(generation, phases)
    phases.enter(Phase.WARMING_UP)
    return Ready(generation, is_new, first, warm_up(generation, workload.warmup, phases.tell))


def timed_of(
    ready: Ready, passes: Passes, compiled: CompileCounts, before: DeviceState, after: DeviceState
) -> Timed:
    """The timed part from its passes, what compiled in them, and the states around them."""
    first, warm = ready.first, ready.warm
    all_runs = (*([first.seconds] if first else []), *warm.seconds, *passes.e2e_s)
    return Timed(
        samples=samples_of(warm, passes),
        first_s=all_runs[0] if ready.is_new else None,
        compile_s=_compile_seconds(ready.generation, first, warm, passes),
        compiled=compiled,
        before=before,
        after=after,
    )


def first_run(generation: Generation) -> FirstRun:
    """Run a shape that has not run before."""
    before = compile_counts()
    seconds, _ = generation.headline()
    return FirstRun(seconds, compiled=compile_counts().since(before).graphs > 0)


def _compile(generation: Generation, phases: Phases) -> FirstRun | None:
    """The first run of this shape, where it may compile something; else warm-up begins with it."""
    loaded = generation.loaded
    if not loaded.variant.may_compile or generation.shape in loaded.compile_s:
        return None
    phases.enter(Phase.COMPILING, "first run of this shape")
    device = generation.device
    generation.empty_cache()  # a static one stays, and is no part of the graphs
    device.release()
    before = device.used_bytes()
    first = first_run(generation)
    device.release()
    if first.compiled:
        loaded.graph_bytes += max(0, device.used_bytes() - before)
    return first


def _compile_seconds(
    generation: Generation, first: FirstRun | None, warm: WarmUp, passes: Passes
) -> float | None:
    """The first run minus a warm one, kept for later runs of the same shape. Where the warm ones
    took longer, the machine scattered by more than compiling took, and it is not known.
    """
    known = generation.loaded.compile_s
    usual = median(warm.seconds[-3:]) or median(passes.e2e_s)
    if first and first.compiled and usual is not None and first.seconds > usual:
        known[generation.shape] = first.seconds - usual
    return known.get(generation.shape)
