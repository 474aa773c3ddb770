"""A load test as text and as one JSON document: measured beside simulated."""

from typing import Any

from core.analysis.batching.agreement import PROMISED, Agreement, Deviation
from core.analysis.batching.load_words import load_words
from core.analysis.batching.step_time import fit_calibration
from core.analysis.batching.study_document import calibration_document, fit_document
from core.command_line.output import print_table, say, tell
from core.experiments.batching.cells import LoadTestResult
from core.experiments.batching.comparing import agreements, doubts
from core.experiments.batching.load_picture import LoadPicture
from core.results.format import DASH, show, show_time
from core.results.serving import Calibration

SHOWN = (
    "e2e_p50_s", "e2e_p95_s", "ttft_p50_s", "queue_p50_s", "output_tokens_per_s", "mean_batch",
    "padding_share", "utilisation", "goodput_share", "usd_per_million_tokens",
)  # fmt: skip


def print_load_test(picture: LoadPicture, usd_per_hour: float | None) -> None:
    """What was measured, and by how much the simulation is off."""
    result = picture.result
    if result.calibration is not None:
        source = result.steps_file or f"load test {_measured_in(result, picture)}"
        _print_steps(result.calibration, source)
    for one in agreements(picture.request, result, usd_per_hour):
        tell(f"\n{one.policy.label}: {load_words(one.load)}")
        repeats = len(one.measured)
        header = ("", "SIMULATED", f"MEASURED{f' (median of {repeats})' * (repeats > 1)}", "OFF BY")
        print_table((_row(one.of(key)) for key in SHOWN), header=header)
        held = "within" if one.holds else "NOT within"
        tell(f"End-to-end p50 and throughput: {held} {PROMISED * 100:.0f} %.")
    for doubt in doubts(result):
        tell(doubt)
    for refused in result.refused:
        say(f"{refused.cell.label}: not served: {refused.reason}")
    tell(f"\nStored as {picture.experiment_id}.")


def load_test_document(picture: LoadPicture, usd_per_hour: float | None) -> dict[str, Any]:
    """All of it; unknown figures are null."""
    result = picture.result
    return {
        "simulated": False,
        "experiment_id": picture.experiment_id,
        "status": str(picture.status),
        "reason": result.reason,
        "seconds": picture.elapsed_s,
        "price_per_hour": usd_per_hour,
        "calibrated_in": None if result.steps_file else _measured_in(result, picture),
        "steps_file": result.steps_file,
        **_steps_document(result),
        "agreements": [
            _agreement_document(one) for one in agreements(picture.request, result, usd_per_hour)
        ],
        "doubts": list(doubts(result)),
        "refused": [
            {
                "label": refused.cell.label,
                "policy": refused.policy.model_dump(mode="json"),
                "rate_per_s": refused.rate_per_s,
                "reason": refused.reason,
            }
            for refused in result.refused
        ],
    }


def _measured_in(result: LoadTestResult, picture: LoadPicture) -> str:
    return result.calibrated_in or picture.experiment_id


def _print_steps(calibration: Calibration, source: str) -> None:
    when = show_time(calibration.measured_at) if calibration.measured_at else DASH
    tell(f"Steps of {calibration.variant.model}, {calibration.variant.precision}, measured {when}")
    tell(f"in {source}: {len(calibration.samples):,} samples")
    header = ("STEP", "MEDIAN ERROR OF THE FIT", "WORST", "NOT SEEN", "ROWS", "TOKENS")
    fits = fit_calibration(calibration).fits.values()
    rows = [
        (
            str(fit.kind),
            *(show(e, "share") for e in (fit.median_error, fit.worst_error, fit.held_out_error)),
            "{} to {}".format(*fit.batch_range),
            "{} to {}".format(*fit.length_range),
        )
        for fit in fits
    ]
    print_table(rows, header=header)


def _row(deviation: Deviation) -> tuple[str, ...]:
    figure, share = deviation.figure, deviation.share
    values = (show(value, figure.unit) for value in (deviation.simulated, deviation.measured))
    return figure.label, *values, DASH if share is None else f"{share * 100:+.1f} %"


def _steps_document(result: LoadTestResult) -> dict[str, Any]:
    calibration = result.calibration
    if calibration is None:
        return {"calibration": None, "fits": []}
    fits = fit_calibration(calibration).fits.values()
    return {
        "calibration": calibration_document(calibration),
        "fits": [fit_document(fit) for fit in fits],
    }


def _agreement_document(one: Agreement) -> dict[str, Any]:
    return {
        "policy": one.policy.model_dump(mode="json"),
        "label": one.label,
        "rate_per_s": one.load.mean_rate_per_s,
        "requests": len(one.simulated.served),
        "repeats": len(one.measured),
        "holds": one.holds,
        "figures": {
            deviation.figure.key: {
                "simulated": deviation.simulated,
                "measured": deviation.measured,
                "deviation": deviation.share,
                "repeats": list(deviation.repeats),
            }
            for deviation in one.deviations
        },
    }
