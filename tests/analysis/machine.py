"""A machine that runs take a known time on, to hold estimates against: steps in a straight line.

Each precision has its own speed, which no estimate can know before something was measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.results.measured import Phase, Samples
from core.results.types import RunResult
from core.variants.precision import Precision
from core.variants.spec import RunSpec
from tests.samples import a_result, memory_of

PROMPT = 9
SECONDS = {  # of a step for itself, for each row of it, for each token of a prompt
    Precision.FP32: (0.060, 0.007, 0.0025),
    Precision.BF16: (0.045, 0.003, 0.0012),
    Precision.NF4: (0.230, 0.012, 0.0090),
    Precision.INT8: (0.190, 0.020, 0.0060),
}
SINGLE_ROW = 0.7  # a single row has a kernel of its own
WARMUPS, PROFILING_S, LOAD_S, COMPARING_S, SOFTMAX_S = 5, 1.6, 1.3, 1.5, 3.0


@dataclass
class Machine:
    """Measures specs, and knows how long that took. `slower` is how much slower eager is."""

    slower: float = 1.05
    loaded: set[object] = field(default_factory=set)
    judged: set[object] = field(default_factory=set)
    seconds: float = 5.0
    count: int = 0

    def measure_all(self, specs: Iterable[RunSpec]) -> list[RunResult]:
        """Each spec's result, newest first."""
        return [self.measure(spec) for spec in specs][::-1]

    def measure(self, spec: RunSpec) -> RunResult:
        """A result whose samples are those of this machine."""
        workload, variant = spec.workload, spec.variant
        ttft_s, step_s = self.passes(spec)
        once_s = ttft_s + (workload.max_new_tokens - 1) * step_s
        warmups = min(WARMUPS, workload.warmup)
        timed_s = once_s * (warmups + workload.repeats + min(workload.repeats, 5))
        memory_s = once_s + 2 * ttft_s + PROFILING_S
        self.seconds += timed_s + memory_s + self._once(spec)
        self.loaded.add(variant)
        token_s = tuple(ttft_s + i * step_s for i in range(workload.max_new_tokens))
        self.count += 1
        return a_result(
            f"run-{self.count}",
            spec,
            minute=self.count,
            samples=Samples(
                warmup_s=(once_s,) * warmups,
                e2e_s=(once_s,) * workload.repeats,
                token_s=(token_s,) * min(workload.repeats, 5),
            ),
            times=a_result().times.model_copy(
                update={"load_s": LOAD_S, "phases_s": {Phase.MEMORY: memory_s}}
            ),
            energy=None,
            memory=memory_of(spec),
        )

    def passes(self, spec: RunSpec) -> tuple[float, float]:
        """Seconds of the prompt's pass and of each step after it."""
        itself, row, token = SECONDS[spec.variant.precision]
        rows = spec.workload.batch_size
        factor = self.slower if spec.variant.attention == "eager" else 1.0
        factor *= SINGLE_ROW if rows == 1 else 1.0
        prompt = spec.workload.prompt_tokens or PROMPT
        return (itself + token * rows * prompt) * factor, (itself + row * rows) * factor

    def _once(self, spec: RunSpec) -> float:
        """Loading, and quality where it is not known yet: 2,100 tokens, and comparing."""
        variant = spec.variant
        load_s = 0.0 if variant in self.loaded else LOAD_S
        if not spec.workload.quality or variant in self.judged:
            return load_s
        reading_s = 2100 * SECONDS[variant.precision][2] + SOFTMAX_S
        reference_s = 0.0 if self.judged else 2100 * SECONDS[Precision.FP32][2] + SOFTMAX_S
        self.judged.add(variant)
        return load_s + COMPARING_S + reading_s + reference_s
