"""A study of policies as one JSON document."""

from typing import Any

from core.analysis.batching.curve import Curve
from core.analysis.batching.figures import FIGURES
from core.analysis.batching.fitting import Fit
from core.analysis.batching.serving_metrics import ServingMetrics
from core.analysis.batching.study import PolicyStudy, Study
from core.errors import RequestError
from core.results.serving import Calibration
from core.variants.arrivals import arriving_rate_per_s, requests_of
from core.variants.load import Load


def study_document(study: Study) -> dict[str, Any]:
    """All of it; unknown figures are null."""
    return {
        "simulated": True,
        "calibration": calibration_document(study.calibration),
        "fits": [fit_document(fit) for fit in study.times.fits.values()],
        "batch_overhead_s": study.times.batch_overhead_s,
        "load": load_document(study.load),
        "objective": study.load.objective.model_dump(mode="json"),
        "price_per_hour": study.usd_per_hour,
        "policies": [policy_document(one) for one in study.policies],
    }


def calibration_document(calibration: Calibration) -> dict[str, Any]:
    """What was measured, on what, without the samples."""
    environment = calibration.environment
    return {
        "variant": calibration.variant.model_dump(mode="json"),
        "device_name": environment.device_name if environment else None,
        "measured_at": calibration.measured_at.isoformat() if calibration.measured_at else None,
        "context": calibration.context,
        "samples": len(calibration.samples),
    }


def fit_document(fit: Fit) -> dict[str, Any]:
    """A fitted kind of step: its numbers, its errors as shares, and the range they hold for."""
    return {
        "kind": fit.kind,
        "form": fit.form,
        "samples": fit.samples,
        "shapes": fit.shapes,
        "median_error": fit.median_error,
        "worst_error": fit.worst_error,
        "held_out_error": fit.held_out_error,
        "batch_range": list(fit.batch_range),
        "length_range": list(fit.length_range),
        "context_range": list(fit.context_range),
        "coefficients": [
            {"name": one.name, "value": one.value, "unit": one.unit, "at": one.at}
            for one in fit.coefficients
        ],
    }


def load_document(load: Load) -> dict[str, Any]:
    """The fields of a load; lengths in a word, a trace by its rows, with what came of the draws."""
    values = load.model_dump(mode="json", exclude={"trace", "objective"})
    trace, requests = load.recorded, requests_of(load)
    values |= {name: str(getattr(load, name)) for name in ("prompt_lengths", "output_lengths")}
    values["requests"] = len(requests)
    values["mean_rate_per_s"] = load.mean_rate_per_s
    values["arriving_rate_per_s"] = arriving_rate_per_s(load)
    values["mean_prompt_tokens"] = sum(one.prompt_tokens for one in requests) / len(requests)
    values["mean_output_tokens"] = sum(one.output_tokens for one in requests) / len(requests)
    values["trace"] = trace and {"rows": len(trace.rows), "notes": list(trace.notes)}
    return values


def policy_document(one: PolicyStudy) -> dict[str, Any]:
    """A policy with its figures at the load's own rate and over all rates."""
    return {
        "policy": one.policy.model_dump(mode="json"),
        "label": one.policy.label,
        "metrics": metrics_document(one.metrics),
        "problems": [problem_document(problem) for problem in one.problems],
        "extrapolated": list(one.extrapolated),
        **_curve_document(one.curve),
    }


def metrics_document(metrics: ServingMetrics) -> dict[str, Any]:
    """All figures by their keys, and which requests latencies are of."""
    figures = {key: figure.read(metrics) for key, figure in FIGURES.items()}
    return {"counted": str(metrics.counted), **figures}


def problem_document(problem: RequestError) -> dict[str, Any]:
    """What cannot be served, field by field."""
    return {
        "field": problem.field,
        "value": problem.value,
        "reason": problem.reason,
        "valid": list(problem.valid),
    }


def _curve_document(curve: Curve | None) -> dict[str, Any]:
    if curve is None:
        return {"capacity_per_s": None, "knee_per_s": None, "unloaded_p95_s": None, "notes": [],
                "curve": []}  # fmt: skip
    points = [
        {
            "rate_per_s": point.rate_per_s,
            "overloaded": point.overloaded,
            **metrics_document(point.metrics),
        }
        for point in curve.points
    ]
    return {
        "capacity_per_s": curve.capacity_per_s,
        "knee_per_s": curve.knee_per_s,
        "unloaded_p95_s": curve.unloaded_p95_s,
        "notes": list(curve.notes),
        "curve": points,
    }
