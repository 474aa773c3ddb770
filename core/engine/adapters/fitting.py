"""Whether a workload, its own task included, fits into the context that an engine has."""

from collections.abc import Callable, Sequence

from core.variants.lengths import length_problems
from core.variants.request import task_problems
from core.variants.spec import Workload


def refuse_unfit(
    workload: Workload,
    prompt_tokens: int,
    context: int | None,
    encode: Callable[[str], Sequence[int]],
) -> None:
    """Raise RequestError before anything is measured; `encode` is the engine's own tokenizer."""
    for problem in (
        *length_problems(workload, prompt_tokens, context),
        *task_problems(workload, prompt_tokens, lambda text: len(encode(text)), context),
    ):
        raise problem
