"""What a generation's forward passes were spent on: their number, guesses, padding, idle rows.

With the rows of these in the table of metrics. A cap, an early end, a row that runs on and rows of
mixed length all show here, in the shares that are computed for nothing.
"""

from collections.abc import Iterator

from core.results.format import show
from core.results.metric import Metric
from core.results.types import RunResult
from core.variants.engine import ENGINES
from core.variants.lengths import padding_share


def acceptance_rate(result: RunResult) -> float | None:
    """Guessed tokens that proved right over those that were guessed; None without guesses."""
    passes = result.passes
    if passes is None or passes.accepted is None or not passes.proposed:
        return None
    return passes.accepted / passes.proposed


def prompt_padding(result: RunResult) -> float | None:
    """Share of the batch of prompts that is padding; None where rows were not told apart, and for a
    server's requests, which are no batch that is seen from here.
    """
    lengths, pads = result.output.prompt_lengths, ENGINES[result.spec.variant.engine].pads
    if pads is None or not lengths:
        return None
    return padding_share(lengths) if pads else 0.0


def idle_row_share(result: RunResult) -> float | None:
    """Share of the row-steps that were spent on rows that had ended: 1 - Σ tokens / (rows · steps).

    The batch runs until its longest row ends, and an engine that takes ended rows out of it spends
    none. None where nothing was generated, and for a server's requests.
    """
    tokens, pads = result.output.new_tokens, ENGINES[result.spec.variant.engine].pads
    longest = max(tokens, default=0)
    if not pads:
        return 0.0 if pads is False and longest else None
    return 1 - sum(tokens) / (len(tokens) * longest) if longest else None


PASSES_METRICS = (
    Metric(
        "forward_passes",
        "Forward passes",
        "count",
        None,
        "Passes of the model in one generation, the prompt's included: one for each token, fewer "
        "where guessed tokens prove right or rows end early.",
        lambda result: result.passes.count if result.passes else None,
        formula="count of the model's calls in one generation",
        source="counted by a hook on the model, in the memory pass",
    ),
    Metric(
        "acceptance_rate",
        "Accepted guesses",
        "share",
        True,
        "Share of the guessed tokens that the model confirmed; a dash where none were guessed.",
        acceptance_rate,
        formula="confirmed tokens / guessed tokens",
        source="the same count; Leviathan et al. 2023",
    ),
    Metric(
        "idle_row_share",
        "Idle rows",
        "share",
        False,
        "Share of the row-steps spent on rows that had ended, since the longest row ran on.",
        idle_row_share,
        formula="1 - sum over rows of tokens / (rows · tokens of the longest row)",
        source="each row's count of real tokens",
    ),
    Metric(
        "padding_share",
        "Padding",
        "share",
        False,
        "Share of the batch of prompts that is padding; it is computed like any token.",
        prompt_padding,
        formula="1 - sum over rows of prompt tokens / (rows · tokens of the longest prompt)",
        source="each row's count of prompt tokens",
    ),
)


def passes_in_words(result: RunResult) -> tuple[str, ...]:
    """What was counted, a sentence each, and nothing on what did not happen."""
    return tuple(_sentences(result))


def _sentences(result: RunResult) -> Iterator[str]:
    if result.passes is not None:
        yield _count(result)
    rate = acceptance_rate(result)
    if rate is not None and result.passes is not None:
        yield f"{show(rate, 'share')} of {result.passes.proposed:,} guessed tokens were accepted."
    ends = result.effective.stopped_by
    if ends:
        told = ", ".join(f"{_counted(rows, 'row')} by {why}" for why, rows in ends.items())
        yield f"Ended: {told}."
    idle, padding = idle_row_share(result), prompt_padding(result)
    if idle:
        yield f"{_ran_on(result)}: {show(idle, 'share')} of the row-steps went to finished rows."
    if padding:
        yield f"Prompts of mixed length: {show(padding, 'share')} of their batch was padding."


def _count(result: RunResult) -> str:
    passes, tokens = result.passes, result.output.new_tokens
    assert passes is not None
    rows = f" in each of {len(tokens)} rows" if len(tokens) > 1 else ""
    drafts = f", and {passes.draft_count:,} of the draft," if passes.draft_count else ""
    upto = "up to " if len(set(tokens)) > 1 else ""
    return (
        f"{_counted(passes.count, 'forward pass', 'es')}{drafts} for {upto}"
        f"{_counted(max(tokens), 'token')}{rows}; they computed "
        f"{_counted(passes.computed_tokens, 'token')} in all, the prompt included."
    )


def _ran_on(result: RunResult) -> str:
    tokens = result.output.new_tokens
    last = tokens.count(max(tokens))
    return "One row ran on" if last == 1 else f"{last} of {len(tokens)} rows ran on"


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count:,} {noun}{'' if count == 1 else plural}"
