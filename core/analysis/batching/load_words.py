"""A load, its rates, and what its requests must keep: the same words for pages and the shell."""

from collections.abc import Collection, Sequence

from core.analysis.batching.curve import Curve
from core.results.format import show, significant
from core.variants.arrivals import arriving_rate_per_s, before_first_pause, requests_of
from core.variants.drawn_lengths import LengthKind
from core.variants.load import Arrivals, Load
from core.variants.policy import Policy


def load_words(load: Load, rates: Sequence[float] = ()) -> str:
    """A load in one sentence, at those rates instead of its own where there are any."""
    loads = [load.at_rate(rate) for rate in rates] or [load]
    count = _span({len(requests_of(one)) for one in loads})
    paced = paced_words(rates) if rates else _pace(load)
    bursts = f" of {load.burst_size}" if load.burst_size else ""
    bursts += f", {load.on_s:g} s on and {load.off_s:g} s off" if load.on_s else ""
    how = f"{load.arrivals}{bursts}"
    notes = " ".join(load.recorded.notes) if load.recorded else ""
    lengths = f"prompts {load.prompt_lengths}, answers {load.output_lengths} tokens"
    seed = f"; seed {load.seed}" if _is_drawn(load) else ""
    return f"{count} requests, {how}, {paced}; {lengths}{seed}. {notes}".strip()


def paced_words(rates: Sequence[float]) -> str:
    """How fast requests come, such as `at 0.500 and 2.00 requests/s`."""
    *first, last = [significant(rate) for rate in rates]
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


def curve_words(load: Load, curves: Sequence[Curve]) -> str:
    """How many requests each point of the curves is of, in a sentence."""
    totals = {point.metrics.counted.total for curve in curves for point in curve.points}
    if not totals:
        return "No point can be simulated."
    if load.trace is not None:
        return f"Each point is of the first {max(totals):,} requests of the trace."
    return f"Each point is of {_span(totals)} requests."


def _span(counts: Collection[int]) -> str:
    """From the least to the most, such as `1,000 to 1,200`; one number where they are the same."""
    return " to ".join(f"{count:,}" for count in sorted({min(counts), max(counts)}))


def _pace(load: Load) -> str:
    """How fast they come, and that a load which ends before its first pause is over comes faster
    than its rate in the long run.
    """
    rate, long_run = arriving_rate_per_s(load), load.mean_rate_per_s
    paced = "all at once" if rate is None else f"at {significant(rate)} requests/s"
    if not before_first_pause(load) or long_run is None:
        return paced
    mean = f"{significant(long_run)} requests/s in the long run"
    return f"{paced} (none comes after the first pause; {mean})"


def _is_drawn(load: Load) -> bool:
    """Whether anything of it hangs on the seed."""
    kinds = {load.prompt_lengths.kind, load.output_lengths.kind}
    return load.arrivals is not Arrivals.TRACE or not kinds <= {LengthKind.FIXED, LengthKind.TRACE}
