"""Claim 7: a model that stops after 10 tokens of 100 has still been paid for with 100 passes."""

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.verdict import Part, Verdict, VerdictKind, combined, exactly
from core.results.format import show
from core.results.latency import latency_of
from core.results.observed import TIME_LIMIT
from core.results.passes import idle_row_share
from core.results.types import RunResult

MAX_LENGTH = 100
# The bundled model answers with some ten tokens and ends. A row that begins within the question,
# as those of mixed length do, does not end early.
ENDS_EARLY = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
ANSWER_TOKENS, RUNS_ON_TOKENS = 8, 9
ALONE, BATCH = "alone", "in a batch with a row that runs on"
EARLY, PAID = 0.5, 0.9
LENGTH = "length"
RULE = (
    f"Holds where the passes are at least {PAID:.0%} of what max_length allows, fails where they "
    "end with the row (its own tokens, and one pass at most), in part between."
).replace("%", " %")


def trial(setting: Setting) -> tuple[Step, ...]:
    """A prompt whose answer ends early, alone, and beside a row that goes on. Counting takes no
    repeats.
    """
    early = {
        "prompt": ENDS_EARLY,
        "max_length": MAX_LENGTH,
        "max_new_tokens": MAX_LENGTH,
        "stop": "natural",
        "warmup": 1,
        "repeats": 1,
    }
    batch = {"batch_size": 2, "shortest_prompt_tokens": RUNS_ON_TOKENS}
    return (
        Step((Arm(ALONE, setting.spec(**early), ANSWER_TOKENS),)),
        Step((Arm(BATCH, setting.spec(**early, **batch)),)),
    )


def judge(measured: Measured) -> Verdict:
    """By the passes that were counted, against those that max_length allows."""
    found = [(label, result) for label in (ALONE, BATCH) if (result := measured.get(label))]
    parts = tuple(part_of(label, result) for label, result in found)
    if not parts:
        return no_verdict("Neither generation was measured.", PHYSICS)
    return Verdict(
        kind=combined(parts),
        sentence=" ".join(_sentence(result) for _, result in found),
        parts=(*parts, *_explaining(measured)),
        reason=_reason(measured),
    )


def allowed_passes(result: RunResult) -> int:
    """Passes until the text is as long as max_length: one gives the first token."""
    workload = result.spec.workload
    caps = [workload.max_new_tokens]
    if workload.max_length is not None:
        caps.append(workload.max_length - result.output.prompt_tokens)
    return min(caps)


def part_of(label: str, result: RunResult) -> Part:
    """The verdict on one of the two."""
    passes = result.passes
    return Part(
        what=f"Forward passes, {label}: the shortest row has {min(result.output.new_tokens)} "
        "tokens",
        claimed=f"{allowed_passes(result)} (max_length {result.spec.workload.max_length})",
        claimed_value=float(allowed_passes(result)),
        measured=exactly(passes.count, "count") if passes else None,
        kind=kind_of(result),
        rule=RULE,
    )


def kind_of(result: RunResult) -> VerdictKind:
    """Undecided where no row ended early, or, in a batch, none ran on: then it is no test."""
    passes, allowed = result.passes, allowed_passes(result)
    early, last = min(result.output.new_tokens), max(result.output.new_tokens)
    ended = early <= EARLY * allowed and set(result.effective.stopped_by) - {LENGTH, TIME_LIMIT}
    ran_on = len(result.output.new_tokens) == 1 or last >= PAID * allowed
    if passes is None or not ended or not ran_on:
        return VerdictKind.UNDECIDED
    if passes.count >= PAID * allowed:
        return VerdictKind.HOLDS
    return VerdictKind.FAILS if passes.count <= early + 1 else VerdictKind.IN_PART


def _explaining(measured: Measured) -> tuple[Part, ...]:
    batch = measured.get(BATCH)
    share = idle_row_share(batch) if batch else None
    if share is None:
        return ()
    idle = exactly(share, "share")
    return (Part(what="Row-steps spent on rows that had ended", measured=idle),)


def _sentence(result: RunResult) -> str:
    count = result.passes.count if result.passes else None
    tokens = result.output.new_tokens
    if len(tokens) == 1:
        return (
            f"Alone it stopped after {tokens[0]} tokens and {show(count, 'count')} passes of "
            f"{allowed_passes(result)} that max_length {MAX_LENGTH} allows."
        )
    return (
        f"In a batch the row that stopped after {min(tokens)} tokens shared "
        f"{show(count, 'count')} passes with one that ran on to {max(tokens)}."
    )


def _reason(measured: Measured) -> str:
    seconds = [
        f"{label} {show(latency_of(result).e2e_s, 's')}"
        for label in (ALONE, BATCH)
        if (result := measured.get(label))
    ]
    return f"{PHYSICS} One generation took: {', '.join(seconds)} (once, so no interval)."


PHYSICS = (
    "Generation asks after each pass whether any row still runs. A single row ends it at once; in "
    "a batch a row that has ended stays in it, padded, until the longest has ended."
)
CLAIM = Claim(
    number=7,
    title="Stopping early",
    quote="“If the model stops after 10 tokens but max_length was 100, you have still paid for 100 "
    "passes.”",
    measured="The bundled model's forward passes for an answer that ends early under max_length "
    "100, alone and in a batch with a row that runs on.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
    timed=False,
)
