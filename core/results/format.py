"""How a number is written for a person: three significant digits and a fitting unit.

Pages, plots and the command line all write numbers through here, so that they agree.
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

DASH = "–"  # what an unmeasured number is shown as
MINUTE_S, HOUR_S = 60, 3600
MOST_PLACES, TOO_MANY = 3, 1e6
Scale = tuple[float, str]


def show(value: float | None, unit: str) -> str:
    """A value in the unit of its Metric; a dash where it is unknown or not a number."""
    if value is None or not math.isfinite(value):
        return DASH
    write = _WRITERS.get(unit)
    return write(value) if write else f"{significant(value)} {unit}".strip()


def show_alike(values: Sequence[float | None], unit: str) -> list[str]:
    """Values that stand under each other: all in the unit that fits the smallest, with the same
    places, so that right-aligned their decimal points line up; a dash for those that are unknown.
    """
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    if unit not in _SCALES or not sizes:
        return [show(value, unit) for value in values]
    factor, name = _fitting(_SCALES[unit], min(sizes), max(sizes))
    places = min(max(2 - math.floor(math.log10(min(sizes) * factor)), 0), MOST_PLACES)
    return [
        DASH
        if value is None or not math.isfinite(value)
        else f"{value * factor:,.{places}f} {name}"
        for value in values
    ]


def _fitting(scales: Sequence[Scale], smallest: float, largest: float) -> Scale:
    """The largest unit of which the smallest value has one or more; a larger one where the largest
    value would have too many of it.
    """
    fine = [scale for scale in scales if smallest * scale[0] >= 1]
    chosen = scales.index(fine[-1]) if fine else 0
    while chosen + 1 < len(scales) and largest * scales[chosen][0] >= TOO_MANY:
        chosen += 1
    return scales[chosen]


def show_seconds(value: float) -> str:
    """Seconds as µs, ms, s, minutes and seconds from two minutes on, hours from two hours on."""
    size = abs(value)
    if size >= 2 * HOUR_S:
        hours, minutes = divmod(round(value / MINUTE_S), MINUTE_S)
        return f"{hours:,} h {minutes} min"
    if size >= 2 * MINUTE_S:
        minutes, seconds = divmod(round(value), MINUTE_S)
        return f"{minutes} min {seconds} s"
    if size >= 0.9995 or value == 0:
        return f"{significant(value)} s"
    if size >= 0.9995e-3:
        return f"{significant(value * 1e3)} ms"
    return f"{significant(value * 1e6)} µs"


def show_about(seconds: float | None) -> str:
    """Seconds of an estimate: whole ones, and from ten on in steps of five."""
    if seconds is None:
        return DASH
    step = 5 if seconds >= 10 else 1
    whole = max(round(seconds / step) * step, 1)
    return f"{whole} s" if whole < 2 * MINUTE_S else show_seconds(whole)


def show_bytes(value: float) -> str:
    """Bytes in decimal units: 1 MB is 1,000,000 bytes."""
    for factor, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= 0.9995 * factor:
            return f"{significant(value / factor)} {name}"
    return f"{value:.0f} B"


def show_flops_per_s(value: float) -> str:
    """Floating-point operations per second in decimal units."""
    for factor, name in ((1e15, "PFLOP/s"), (1e12, "TFLOP/s"), (1e9, "GFLOP/s")):
        if abs(value) >= 0.9995 * factor:
            return f"{significant(value / factor)} {name}"
    return f"{significant(value / 1e6)} MFLOP/s"


def show_usd(value: float) -> str:
    """US dollars: cents from one dollar on, three significant digits below."""
    sign = "-" if value < 0 else ""
    size = abs(value)
    return f"{sign}${size:,.2f}" if size >= 1 or size == 0 else f"{sign}${significant(size)}"


def show_change(fraction: float | None) -> str:
    """A relative change in percent with its sign; a dash where it is unknown."""
    if fraction is None or not math.isfinite(fraction):
        return DASH
    percent = fraction * 100
    if abs(percent) < 0.05:
        return "±0 %"
    return f"{percent:+.1f} %" if abs(percent) < 99.95 else f"{percent:+,.0f} %"


def show_time(moment: datetime) -> str:
    """A moment in this machine's time zone, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def significant(value: float, digits: int = 3) -> str:
    """Rounded to so many significant digits, without an exponent unless it is very small."""
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    magnitude = math.floor(math.log10(abs(round(value, digits - 1 - magnitude))))
    if magnitude < -7:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(digits - 1 - magnitude, 0)}f}"


_WRITERS: dict[str, Callable[[float], str]] = {
    "s": show_seconds,
    "bytes": show_bytes,
    "USD": show_usd,
    "ratio": lambda value: f"{value:.3f}",
    "bytes/s": lambda value: f"{show_bytes(value)}/s",
    "FLOP/s": show_flops_per_s,
    "share": lambda value: f"{significant(value * 100, 2)} %",
    "count": lambda value: f"{value:,.0f}",
    "": lambda value: significant(value, 4),
}
# Of units that change with the size of a value: the factors, from the smallest unit on.
_SCALES: dict[str, tuple[Scale, ...]] = {
    "s": ((1e6, "µs"), (1e3, "ms"), (1.0, "s")),
    "bytes": ((1.0, "B"), (1e-3, "kB"), (1e-6, "MB"), (1e-9, "GB"), (1e-12, "TB")),
    "tokens/s": ((1.0, "tokens/s"),),
    "share": ((100.0, "%"),),
}
