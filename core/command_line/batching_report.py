"""A study of batching policies as text."""

from collections.abc import Sequence

from core.analysis.batching.curve import Curve, CurvePoint
from core.analysis.batching.figures import FIGURES
from core.analysis.batching.fitting import Fit
from core.analysis.batching.load_words import curve_words, load_words, objective_words
from core.analysis.batching.study import PolicyStudy, Study
from core.command_line.output import print_table, tell
from core.results.format import DASH, show, significant

SHOWN = (
    "output_tokens_per_s",
    "ttft_p50_s",
    "ttft_p95_s",
    "e2e_p50_s",
    "e2e_p95_s",
    "queue_p50_s",
    "padding_share",
    "utilisation",
    "goodput_share",
    "usd_per_million_tokens",
)
OVERLOADED = "*"


def print_study(study: Study) -> None:
    """The fits, and what they foretell."""
    _print_fits(list(study.times.fits.values()))
    print_simulation(study)


def print_simulation(study: Study) -> None:
    """The load, each policy under it, and all over arrival rates."""
    tell(f"\nLoad: {load_words(study.load)}")
    tell(f"Objective: {objective_words(study.load)}")
    _print_policies(study)
    for one in study.policies:
        for problem in one.problems:
            tell(f"{one.policy.label}: {problem}")
        for sentence in one.extrapolated:
            tell(f"{one.policy.label}: {sentence}")
    _print_curves(study)


def _print_fits(fits: Sequence[Fit]) -> None:
    tell("Step times, fitted to measured ones (errors as shares of the measured time)")
    header = ("STEP", "FORM", "SHAPES", "MEDIAN ERROR", "WORST", "NOT SEEN", "ROWS", "TOKENS")
    rows = [
        (
            str(fit.kind),
            str(fit.form),
            str(fit.shapes),
            *(show(e, "share") for e in (fit.median_error, fit.worst_error, fit.held_out_error)),
            "{} to {}".format(*fit.batch_range),
            "{} to {}".format(*fit.length_range),
        )
        for fit in fits
    ]
    print_table(rows, header=header)


def _print_policies(study: Study) -> None:
    counted = study.policies[0].metrics.counted
    price = f"cost at {show(study.usd_per_hour, 'USD')} per hour"
    tell(f"\nSimulated; latencies, queue and goodput are of {counted}; {price}, idle or not")
    header = ("POLICY", *(FIGURES[key].label.upper() for key in SHOWN))
    print_table(map(_policy_row, study.policies), header=header)


def _policy_row(one: PolicyStudy) -> tuple[str, ...]:
    figures = (FIGURES[key] for key in SHOWN)
    return one.policy.label, *(show(f.read(one.metrics), f.unit) for f in figures)


def _print_curves(study: Study) -> None:
    curves = [one.curve for one in study.policies if one.curve is not None]
    if not curves:
        return
    count = curve_words(study.load, curves)
    tell(f"\nEnd-to-end p95 over arrival rates ({OVERLOADED} more than can be served). {count}")
    header = ("REQUESTS/S", *(curve.policy.label.upper() for curve in curves))
    by_rate = [{point.rate_per_s: point for point in curve.points} for curve in curves]
    shared = sorted(set(by_rate[0]).intersection(*by_rate))
    rows = [(significant(rate), *(_p95(points[rate]) for points in by_rate)) for rate in shared]
    rows.append(("most", *(significant(curve.capacity_per_s) for curve in curves)))
    rows.append(("knee", *map(_knee, curves)))
    print_table(rows, header=header)
    for note in dict.fromkeys(note for curve in curves for note in curve.notes):
        tell(note)


def _p95(point: CurvePoint) -> str:
    return f"{show(point.metrics.e2e_p95_s, 's')}{OVERLOADED if point.overloaded else ''}"


def _knee(curve: Curve) -> str:
    return DASH if curve.knee_per_s is None else significant(curve.knee_per_s)
