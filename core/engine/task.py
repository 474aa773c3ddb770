"""Scores a person's own task with a loaded variant of transformers, after everything that is timed.

Nothing here compiles (see `scoring`), so the task can disturb no measurement, and a static cache,
which only compiled code needs, is replaced by one that grows.
"""

import time

from core.engine.cancellation import Cancellation
from core.engine.compiling import uncompiled
from core.engine.device import Device
from core.engine.generate import Generation
from core.engine.judging import WINDOW_TOKENS, Tell, score_answers, score_text, windows
from core.engine.loader import Loaded
from core.engine.scoring import context_of, encode, log_probabilities
from core.results.measured import TaskScore
from core.variants.spec import Workload
from core.variants.task import TextTask, parse_task


def measure_task(
    loaded: Loaded, workload: Workload, device: Device, cancellation: Cancellation, tell: Tell
) -> TaskScore | None:
    """How well the variant does the workload's own task; None where it has none."""
    if workload.task is None:
        return None
    task = parse_task(workload.task)
    start = time.perf_counter()

    def answer(asked: Workload) -> str:
        generation = Generation(loaded, asked, device, cancellation)
        with uncompiled():
            return generation.describe(generation.run()).text

    if isinstance(task, TextTask):
        encoded = encode(loaded.tokenizer, task.text)
        size = context_of(loaded, WINDOW_TOKENS)
        parts = list(windows(encoded.ids, size, loaded.tokenizer.bos_token_id))
        progress = (cancellation, tell)
        score = score_text(
            task, encoded, parts, lambda ids: log_probabilities(loaded, ids), progress
        )
    else:
        score = score_answers(task, workload, answer, cancellation, tell)
    return TaskScore(**score, seconds=time.perf_counter() - start)
