"""Step times by plain formulas, and calibrations whose measured steps follow them exactly."""

from dataclasses import dataclass

from core.analysis.batching.formula import Ranges
from core.results.serving import Calibration, StepKind, StepSample
from core.variants.spec import VariantSpec

BATCHES, LENGTHS = (1, 2, 4, 8), (16, 64, 256)


@dataclass(frozen=True)
class SampleTimes:
    """StepTimes: a constant per step, seconds per row, and seconds per token that is fed."""

    step_s: float = 0.05
    row_s: float = 0.005
    token_s: float = 0.001
    cached_s: float = 1e-6
    batch_overhead_s: float = 0.0

    @property
    def measured(self) -> dict[StepKind, Ranges]:
        """Nothing was: it is a formula."""
        return {}

    def prefill_s(self, batch: int, prompt_tokens: int) -> float:
        """All rows' tokens count."""
        return self.step_s + batch * (self.row_s + self.token_s * prompt_tokens)

    def decode_s(self, batch: int, context_tokens: float) -> float:
        """All rows' cached tokens count."""
        return self.step_s + batch * (self.row_s + self.cached_s * context_tokens)

    def mixed_s(self, batch: int, prompt_tokens: int, context_tokens: float) -> float:
        """Prompts besides rows that decode."""
        rows_s = self.row_s * batch + self.cached_s * context_tokens
        return self.step_s + rows_s + self.token_s * prompt_tokens


def constant_times(service_s: float) -> SampleTimes:
    """Every prefill and every step takes that long, whatever is in it."""
    return SampleTimes(service_s, 0.0, 0.0, 0.0)


def a_calibration(times: SampleTimes | None = None, *, continuous: bool = True) -> Calibration:
    """Steps of all kinds over batch and length, as long as the formulas say."""
    times = times or SampleTimes()
    samples = []
    for batch in BATCHES:
        for length in LENGTHS:
            context = batch * length
            samples += [
                _sample(StepKind.PREFILL, batch, length, 0, times.prefill_s(batch, length)),
                _sample(StepKind.DECODE, batch, 0, length, times.decode_s(batch, length)),
            ]
            if continuous:
                for rows, prompt in ((0, length), (batch, 0), (batch, length)):
                    cached = context if rows else 0
                    seconds = times.mixed_s(rows, prompt, cached)
                    samples.append(_sample(StepKind.MIXED, rows, prompt, cached, seconds))
    overheads = (times.batch_overhead_s,) * 3
    return Calibration(
        variant=VariantSpec(), samples=tuple(samples), batch_overhead_s=overheads, context=2048
    )


def _sample(kind: StepKind, batch: int, prompt: int, context: int, seconds: float) -> StepSample:
    return StepSample(
        kind=kind,
        batch=batch,
        prompt_tokens=prompt,
        context_tokens=context,
        new_tokens=batch,
        seconds=seconds,
    )
