"""A load, and what its requests must keep, in a sentence: the same for pages and the shell."""

from collections.abc import Sequence

from core.analysis.batching.curve import Curve
from core.results.format import show, significant
from core.variants.arrivals import requests_of
from core.variants.load import Arrivals, Load


def load_words(load: Load) -> str:
    """A load in one sentence."""
    count, rate = len(requests_of(load)), load.mean_rate_per_s
    paced = f"at {significant(rate)} requests/s" if rate else "all at once"
    bursts = f" of {load.burst_size}" if load.burst_size else ""
    bursts += f", {load.on_s:g} s on and {load.off_s:g} s off" if load.on_s else ""
    how = f"{load.arrivals}{bursts}"
    notes = " ".join(load.recorded.notes) if load.recorded else ""
    lengths = f"prompts {load.prompt_lengths}, answers {load.output_lengths} tokens"
    seed = "" if load.arrivals is Arrivals.TRACE else f"; seed {load.seed}"
    return f"{count:,} requests, {how}, {paced}; {lengths}{seed}. {notes}".strip()


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
    least, most = min(totals), max(totals)
    if load.trace is not None:
        return f"Each point is of the first {most:,} requests of the trace."
    return f"Each point is of {f'{least:,} to ' * (least < most)}{most:,} requests."
