"""Claim 8: a pass per token, about max_length passes for a prompt of 30 and max_length 50."""

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.verdict import Part, Verdict, VerdictKind, combined, exactly
from core.results.format import show
from core.results.types import RunResult

PROMPT_TOKENS, MAX_LENGTH = 30, 50
CACHED, UNCACHED = "with the KV cache", "without the KV cache"
ABOUT = 0.1
PER_TOKEN_RULE = "Holds where there are as many passes as generated tokens; fails otherwise."
COUNT_RULE = f"Holds where the passes lie within 10 % of max_length, {MAX_LENGTH}; fails otherwise."


def trial(setting: Setting) -> tuple[Step, ...]:
    """Counting takes no warm-up and no repeats; without the cache too, where each pass reads the
    whole text.
    """
    asked = {
        "prompt_tokens": PROMPT_TOKENS,
        "max_length": MAX_LENGTH,
        "max_new_tokens": MAX_LENGTH,
        "warmup": 0,
        "repeats": 1,
    }
    return (
        Step((Arm(CACHED, setting.spec(**asked)),)),
        Step((Arm(UNCACHED, setting.spec(**asked, kv_cache="off")),)),
    )


def judge(measured: Measured) -> Verdict:
    """By the passes that were counted."""
    found = [(label, result) for label in (CACHED, UNCACHED) if (result := measured.get(label))]
    parts = tuple(part for label, result in found for part in _parts(label, result))
    if not parts:
        return no_verdict("No generation was measured.", PHYSICS)
    return Verdict(
        kind=combined(parts),
        sentence=_sentence(found[0][1]),
        parts=parts,
        reason=_reason(found),
    )


def _parts(label: str, result: RunResult) -> tuple[Part, ...]:
    passes, tokens = result.passes, max(result.output.new_tokens)
    if passes is None:
        return ()
    per_token = passes.count / tokens
    computed = exactly(passes.computed_tokens, "count")
    return (
        Part(
            what=f"Passes per generated token, {label}",
            claimed="1",
            measured=exactly(per_token, ""),
            kind=VerdictKind.HOLDS if passes.count == tokens else VerdictKind.FAILS,
            rule=PER_TOKEN_RULE,
        ),
        Part(
            what=f"Forward passes, {label}",
            claimed=f"about {MAX_LENGTH}",
            claimed_value=float(MAX_LENGTH),
            measured=exactly(passes.count, "count"),
            kind=kind_of(passes.count),
            rule=COUNT_RULE,
        ),
        Part(what=f"Tokens computed in them, {label}", measured=computed),
    )


def kind_of(count: int) -> VerdictKind:
    """Whether so many passes are about max_length."""
    near = abs(count - MAX_LENGTH) <= ABOUT * MAX_LENGTH
    return VerdictKind.HOLDS if near else VerdictKind.FAILS


def _sentence(result: RunResult) -> str:
    passes, tokens = result.passes, max(result.output.new_tokens)
    count = passes.count if passes else None
    said = "a pass for each generated token" if count == tokens else f"for {tokens} tokens"
    return (
        f"A prompt of {result.output.prompt_tokens} and max_length {MAX_LENGTH} took "
        f"{show(count, 'count')} passes: {said}, and none for those of the prompt, which "
        "are read in one pass."
    )


def _reason(found: list[tuple[str, RunResult]]) -> str:
    told = [
        f"{label} {result.passes.computed_tokens} tokens were computed in {result.passes.count} "
        "passes"
        for label, result in found
        if result.passes
    ]
    return f"{PHYSICS} Counted: {'; '.join(told)}."


PHYSICS = (
    "The prompt's tokens are known, so one pass computes them all and gives the first token; each "
    "further pass gives one more: max_length − prompt passes in all, with or without a cache. What "
    "is about max_length with a cache is the number of tokens computed."
)
CLAIM = Claim(
    number=8,
    title="A pass per token",
    quote="A pass per token: about `max_length` forward passes for a prompt of 30 and `max_length` "
    "50.",
    measured="The forward passes of one generation, counted by a hook on the model.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
    timed=False,
)
