"""A load, and what its requests must keep, in a sentence: the same for pages and the shell."""

from collections.abc import Sequence

from core.analysis.batching.curve import Curve
from core.results.format import show, significant
from core.variants.arrivals import arriving_rate_per_s, before_first_pause, requests_of
from core.variants.drawn_lengths import LengthKind
from core.variants.load import Arrivals, Load


def load_words(load: Load) -> str:
    """A load in one sentence."""
    count = len(requests_of(load))
    bursts = f" of {load.burst_size}" if load.burst_size else ""
    bursts += f", {load.on_s:g} s on and {load.off_s:g} s off" if load.on_s else ""
    how = f"{load.arrivals}{bursts}"
    notes = " ".join(load.recorded.notes) if load.recorded else ""
    lengths = f"prompts {load.prompt_lengths}, answers {load.output_lengths} tokens"
    seed = f"; seed {load.seed}" if _is_drawn(load) else ""
    return f"{count:,} requests, {how}, {_pace(load)}; {lengths}{seed}. {notes}".strip()


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
