"""Claim 5: batching raises throughput, and latency with it."""

import re
from collections.abc import Iterator

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.ratios import ratio_of, scaled
from core.analysis.claims.verdict import (
    Curve,
    Part,
    Picture,
    Verdict,
    VerdictKind,
    combined,
    exactly,
    gain_part,
)
from core.analysis.physics import Bound
from core.analysis.roofline import Roofline, roofline_of
from core.results.format import show, significant
from core.results.latency import latency_of
from core.results.types import RunResult

SIZES = {
    "cpu": ((1, 2, 4, 8, 16, 32), (1, 2, 4, 8, 16), (1, 2, 4, 8), (1, 4)),
    "cuda": ((1, 4, 16, 64, 256), (1, 4, 16, 64), (1, 4, 16), (1, 4)),
}
PROMPT_TOKENS = 16
NEW_TOKENS = {"cpu": 12, "cuda": 64}
PUBLISHED = "H100, Llama-3.1-8B in 16 bits, batch 1 to 32: 30 × (bitsandbytes 0.45's own table)"
PUBLISHED_STEP = "H100, Llama-3.1-8B in 16 bits, batch 1 to 32: 1.07 × per step (the same table)"


def arm_label(rows: int) -> str:
    """The arm of a batch of so many rows."""
    return f"batch {rows}"


def trial(setting: Setting) -> tuple[Step, ...]:
    """The smallest and the largest batch in turns, then those between them, for the curves."""
    kind = setting.device.kind
    arms = {
        rows: Arm(
            arm_label(rows),
            setting.spec(
                batch_size=rows, prompt_tokens=PROMPT_TOKENS, max_new_tokens=NEW_TOKENS[kind]
            ),
        )
        for rows in SIZES[kind][setting.size]
    }
    least, *between, most = arms
    return (Step((arms[least], arms[most])), *(Step((arms[rows],)) for rows in between))


def sizes_of(measured: Measured) -> list[int]:
    """The batch sizes that were measured, smallest first."""
    return sorted(int(match[1]) for label in measured.results
                  if (match := re.fullmatch(r"batch (\d+)", label)))  # fmt: skip


def judge(measured: Measured) -> Verdict:
    """By the ratios of throughput and of latency of the largest batch to those of one row."""
    sizes = sizes_of(measured)
    if len(sizes) < 2:
        return no_verdict("At least two batch sizes are needed.", PHYSICS)
    least, most = sizes[0], sizes[-1]
    results = {rows: measured.results[arm_label(rows)] for rows in sizes}
    parts = tuple(_parts(results[least], results[most], least, most))
    return Verdict(
        kind=combined(parts),
        sentence=_sentence(parts, least, most),
        parts=(*parts, *_explaining(results)),
        reason=_reason(results),
        pictures=(_throughput(results), _latency(results)),
    )


def _parts(one: RunResult, many: RunResult, least: int, most: int) -> Iterator[Part]:
    longer = ratio_of(many, one)
    shorter = ratio_of(one, many)
    more = scaled(shorter, most / least)
    yield gain_part(
        f"Throughput, batch {most} over batch {least}",
        "rises: above 1 ×",
        more,
        "the throughput",
        published=PUBLISHED,
    )
    yield gain_part(
        f"Time of a request, batch {most} over batch {least}",
        "rises with it: above 1 ×",
        longer,
        "the time",
        published=PUBLISHED_STEP,
    )


def _explaining(results: dict[int, RunResult]) -> Iterator[Part]:
    ridge = ridge_batch(results)
    if ridge is not None:
        yield Part(
            what="Batch from which on a step is compute-bound, by this device's ceilings",
            measured=exactly(ridge, ""),
        )


def ridge_batch(results: dict[int, RunResult]) -> float | None:
    """Rows whose operations take as long at the peak as the weights at the full bandwidth."""
    roofline = next(filter(None, (roofline_of(result) for result in results.values())), None)
    if roofline is None:
        return None
    roof, model = roofline.prefill.roof, roofline.model
    reading_s = model.matmul_bytes / roof.bandwidth_bytes_per_s
    return reading_s / (2 * model.matmul_parameters / roof.peak_flops_per_s)


def _sentence(parts: tuple[Part, ...], least: int, most: int) -> str:
    more, longer = (part.measured for part in parts)
    if more is None or longer is None:
        return "The times of the batches were not measured."
    rises = {VerdictKind.HOLDS: "", VerdictKind.FAILS: " (no gain)"}
    return (
        f"From {least} to {most} rows throughput grows to {more}"
        f"{rises.get(parts[0].kind or VerdictKind.UNDECIDED, ' (not decided)')}, and each request "
        f"takes {longer} as long."
    )


def _reason(results: dict[int, RunResult]) -> str:
    ridge, words = ridge_batch(results), [PHYSICS]
    if ridge is not None:
        words.append(
            f"By this device's bandwidth and peak that is from {significant(ridge, 2)} rows on."
        )
    bounds = {rows: _bound(result) for rows, result in results.items()}
    told = [f"batch {rows} {bound}" for rows, bound in bounds.items() if bound]
    if told:
        words.append(f"Measured: {', '.join(told)}.")
    compute = [rows for rows, bound in bounds.items() if bound is Bound.COMPUTE]
    if compute:
        words.append(f"It was compute-bound from batch {min(compute)} on.")
    return " ".join(words)


def _bound(result: RunResult) -> Bound | None:
    roofline: Roofline | None = roofline_of(result)
    return roofline.decode.bound if roofline and roofline.decode else None


def _throughput(results: dict[int, RunResult]) -> Picture:
    rates = {rows: latency_of(result).output_tokens_per_s for rows, result in results.items()}
    first = next(iter(rates.items()))
    ideal = tuple((first[1] or 0) * rows / first[0] for rows in results)
    return Picture(
        title="Throughput over batch size",
        takeaway="Where the line leaves the dashed one, further rows are no longer free. Batches "
        "between the smallest and the largest were measured by themselves.",
        x_label="rows",
        y_label="tokens per second",
        y_unit="tokens/s",
        curves=(
            _curve("measured", rates),
            Curve(name="if rows were free", x=tuple(map(float, results)), y=ideal, dashed=True),
        ),
        log_x=True,
        log_y=True,
    )


def _latency(results: dict[int, RunResult]) -> Picture:
    steps = {rows: latency_of(result).tpot_s for rows, result in results.items()}
    slowest = {rows: (value or 0) for rows, value in steps.items()}
    longest = max(slowest, key=lambda rows: slowest[rows])
    return Picture(
        title="Time of a step over batch size",
        takeaway=f"A step takes {show(next(iter(steps.values())), 's')} with "
        f"{next(iter(steps))} row and {show(steps[longest], 's')} with {longest}.",
        x_label="rows",
        y_label="time per step",
        y_unit="s",
        curves=(_curve("measured", steps),),
        log_x=True,
        log_y=True,
    )


def _curve(name: str, values: dict[int, float | None]) -> Curve:
    known = {rows: value for rows, value in values.items() if value is not None}
    return Curve(name=name, x=tuple(map(float, known)), y=tuple(known.values()))


PHYSICS = (
    "A decode step reads all weights once, however many rows there are: rows share that time until "
    "their multiplications take longer than the reading."
)
CLAIM = Claim(
    number=5,
    title="Batching",
    quote="Batching raises throughput, and latency with it.",
    measured="Batches of several sizes: tokens per second of all rows, and the time of one "
    "request; the smallest and the largest in turns.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
    sizes=len(SIZES["cpu"]),
)
