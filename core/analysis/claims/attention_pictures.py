"""The pictures of claim 4: time and memory of both attention backends over the prompt's length."""

from collections.abc import Callable, Iterator, Mapping

from core.analysis.claims.verdict import Curve, Picture
from core.analysis.physics import score_matrix_bytes
from core.results.latency import tpot_samples_s, ttft_samples_s
from core.results.statistics import median
from core.results.types import RunResult

ByLength = Mapping[int, RunResult]
Read = Callable[[RunResult], float | None]


def pictures(backends: Mapping[str, ByLength]) -> Iterator[Picture]:
    """Prefill, decode and memory held; `backends` has each one's results by the prompt's tokens."""
    yield _picture(
        "Prefill over the length of the prompt",
        "Scores grow with the square of the length, everything else with the length: what a "
        "backend saves shows only over long prompts.",
        ("time to first token", "s"),
        [_curve(name, arms, _prefill_s) for name, arms in backends.items()],
    )
    yield _picture(
        "Decode over the length of the context",
        "A step has one row of scores: backends differ by what they do around it.",
        ("time per token", "s"),
        [_curve(name, arms, _decode_s) for name, arms in backends.items()],
    )
    yield _picture(
        "Memory held in a prefill",
        "A line that runs on beside that of one score matrix belongs to a backend that holds it.",
        ("beyond weights and cache", "bytes"),
        [
            *(_curve(name, arms, _held_bytes) for name, arms in backends.items()),
            *(_matrix(arms) for arms in list(backends.values())[:1]),
        ],
    )


def _picture(title: str, takeaway: str, y: tuple[str, str], curves: list[Curve]) -> Picture:
    return Picture(
        title=title,
        takeaway=takeaway,
        x_label="tokens of prompt",
        y_label=y[0],
        y_unit=y[1],
        curves=tuple(curve for curve in curves if curve.x),
        log_x=True,
        log_y=True,
    )


def _curve(name: str, arms: ByLength, read: Read) -> Curve:
    values = {length: read(result) for length, result in arms.items()}
    known = {length: value for length, value in values.items() if value}
    return Curve(name=name, x=tuple(map(float, known)), y=tuple(known.values()))


def _matrix(arms: ByLength) -> Curve:
    sizes = {n: score_matrix_bytes(result.model, n) for n, result in arms.items() if result.model}
    x, y = tuple(map(float, sizes)), tuple(map(float, sizes.values()))
    return Curve(name="one score matrix", x=x, y=y, dashed=True)


def _prefill_s(result: RunResult) -> float | None:
    return median(ttft_samples_s(result.samples))


def _decode_s(result: RunResult) -> float | None:
    return median(tpot_samples_s(result.samples))


def _held_bytes(result: RunResult) -> float | None:
    held = result.memory.activation_bytes
    return None if held is None else float(held)
