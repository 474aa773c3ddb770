"""A load, its rates, and what its requests must keep: the same words for pages and the shell."""

from collections.abc import Sequence

from core.results.format import show, significant
from core.variants.arrivals import requests_of
from core.variants.load import Arrivals, Load
from core.variants.policy import Policy


def load_words(load: Load, rates: Sequence[float] = ()) -> str:
    """A load in one sentence, at those rates instead of its own where there are any."""
    loads = [load.at_rate(rate) for rate in rates] or [load]
    counts = sorted({len(requests_of(one)) for one in loads})
    count = " to ".join(f"{number:,}" for number in dict.fromkeys((counts[0], counts[-1])))
    paced = paced_words(rates or [load.mean_rate_per_s])
    bursts = f" of {load.burst_size}" if load.burst_size else ""
    bursts += f", {load.on_s:g} s on and {load.off_s:g} s off" if load.on_s else ""
    how = f"{load.arrivals}{bursts}"
    notes = " ".join(load.recorded.notes) if load.recorded else ""
    lengths = f"prompts {load.prompt_lengths}, answers {load.output_lengths} tokens"
    seed = "" if load.arrivals is Arrivals.TRACE else f"; seed {load.seed}"
    return f"{count} requests, {how}, {paced}; {lengths}{seed}. {notes}".strip()


def paced_words(rates: Sequence[float | None]) -> str:
    """How fast requests come, such as `at 0.500 and 2.00 requests/s`."""
    told = [significant(rate) for rate in rates if rate]
    if not told:
        return "all at once"
    *first, last = told
    return f"at {', '.join(first)}{' and ' if first else ''}{last} requests/s"


def policy_at(policy: Policy, rate_per_s: float | None) -> str:
    """A policy at one of several rates; None where the load keeps its own, which goes unsaid."""
    return policy.label if rate_per_s is None else f"{policy.label} {paced_words([rate_per_s])}"


def objective_words(load: Load) -> str:
    """What a request must keep."""
    ttft_s, tpot_s = load.objective.ttft_s, load.objective.tpot_s
    limits = [f"TTFT at most {show(ttft_s, 's')}"] if ttft_s is not None else []
    limits += [f"TPOT at most {show(tpot_s, 's')}"] if tpot_s is not None else []
    return ", ".join(limits) or "none"
