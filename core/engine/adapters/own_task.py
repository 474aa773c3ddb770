"""The person's own task, done by another engine's variant, after everything that is timed."""

import time

from core.engine.adapters.adapter import Adapter
from core.engine.cancellation import Cancellation
from core.engine.judging import WINDOW_TOKENS, Tell, score_answers, score_text, windows
from core.results.measured import TaskScore
from core.variants.spec import Workload
from core.variants.task import TextTask, parse_task


def engine_task(
    adapter: Adapter, workload: Workload, cancellation: Cancellation, tell: Tell
) -> TaskScore | None:
    """How well the variant does the workload's own task; None where it has none."""
    if workload.task is None:
        return None
    task = parse_task(workload.task)
    start = time.perf_counter()

    def answer(asked: Workload) -> str:
        runner = adapter.runner(asked, cancellation)
        try:
            runner.headline()
            return runner.describe().text
        finally:
            runner.close()

    if isinstance(task, TextTask):
        encoded = adapter.encode(task.text)
        size = min(WINDOW_TOKENS, adapter.context or WINDOW_TOKENS)
        parts = list(windows(encoded.ids, size, adapter.beginning))
        read = iter(adapter.passages(parts))  # all with what is made for the first of them
        score = score_text(task, encoded, parts, lambda _: next(read), (cancellation, tell))
    else:
        score = score_answers(task, workload, answer, cancellation, tell)
    return TaskScore(**score, seconds=time.perf_counter() - start)
