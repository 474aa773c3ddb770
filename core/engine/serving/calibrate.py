"""Measures the steps of a variant over batches and lengths: what a simulation rests on."""

from core.engine.cancellation import Cancellation
from core.engine.compiling import CompileCounts
from core.engine.device import Device
from core.engine.effective import effective_settings
from core.engine.generate import Generation
from core.engine.loader import Loaded
from core.engine.profile import profile_forward
from core.engine.serving.batch_steps import Measured, Tell, measure_batch_steps
from core.engine.serving.batches import BatchRunner
from core.engine.serving.grid import lengths_of
from core.engine.serving.mixed_steps import measure_mixed_steps
from core.engine.serving.prompts import Prompts
from core.results.observed import Effective
from core.variants.load_order import StepRange, spec_of

WATCHED_TOKENS = 4
NOTHING_COMPILED = CompileCounts(0, 0, 0)


def measure_steps(
    loaded: Loaded,
    sizes: StepRange,
    seconds: float,
    device: Device,
    cancellation: Cancellation,
    tell: Tell,
) -> Measured:
    """Steps of `generate`, of continuous batching, or of both in about half the time each."""
    context = context_of(loaded)
    prompts = Prompts(loaded, max(lengths_of(sizes)) + sizes.longest_answer)
    share_s = seconds / 2 if sizes.batched and sizes.continuous else seconds
    measured = Measured()
    if sizes.batched:
        runner = BatchRunner(loaded, device, cancellation)
        measured = measure_batch_steps(runner, prompts, sizes, context, share_s, tell)
    if sizes.continuous:
        measured.samples += measure_mixed_steps(
            loaded, prompts, sizes, share_s, context, cancellation, tell
        )
    return measured


def watch_effective(
    loaded: Loaded, sizes: StepRange, device: Device, cancellation: Cancellation
) -> Effective:
    """What really runs, read off a short generation outside every timer."""
    few = sizes.model_copy(update={"most_rows": 1, "longest_answer": WATCHED_TOKENS})
    workload = spec_of(loaded.variant, few).workload
    generation = Generation(loaded, workload, device, cancellation)
    profile = profile_forward(generation, WATCHED_TOKENS)
    sequences, cache = generation.run_with_cache()
    return effective_settings(generation, sequences, cache, profile, NOTHING_COMPILED)


def context_of(loaded: Loaded) -> int | None:
    """The most tokens that the model takes; None where its config does not say."""
    text = loaded.model.config.get_text_config(decoder=True)
    found = getattr(text, "max_position_embeddings", None)
    return int(found) if found else None
