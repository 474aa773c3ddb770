"""The verdict of B against A, in a sentence or two."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.analysis.comparing.agreement import Agreement
from core.results.format import significant
from core.results.paired import Ratio
from core.results.types import Stopped

SAME_MEMORY = 0.02  # peaks of the very same run differ by about so much, as a share
APART = "They were measured apart, not in turns, so that a change of the machine counts too."
OTHER_SOFTWARE = (
    "They were measured apart, with packages or thread settings that differ: it may be those."
)
OTHER_MACHINES = "They were measured apart, on machines that differ: it may be the machines."


@dataclass(frozen=True)
class Told:
    """What was found besides the numbers. `speed` and `throughput` are what their intervals
    exclude: no difference, or all that matter; None for neither.
    """

    speed: Stopped | None
    throughput: Stopped | None
    smallest_effect: float
    more_pairs: int | None
    unlike: tuple[str, ...]
    in_turns: bool
    same_environment: bool
    same_hardware: bool = True


def verdict_of(ratio: Mapping[str, Ratio], agreement: Agreement | str, told: Told) -> str:
    """Speed first, memory and texts after it, and what must be known of the comparison."""
    clauses = [_memory(ratio.get("peak_bytes")), _agreement(agreement)]
    rest = [clause for clause in clauses if clause]
    sentences = [f"The work differs: {', '.join(told.unlike)}."] if told.unlike else []
    speed = _speed(ratio.get("e2e_s"), told, all_else_equal=_all_equal(ratio, agreement))
    throughput = [_throughput(ratio.get("output_tokens_per_s"), told)] if told.unlike else []
    if told.speed is Stopped.DECIDED:
        sentences.append(f"{_joined([speed, *throughput, *rest])}.")
    else:
        sentences.append(f"{speed}.")
        sentences += [f"B {_joined([*throughput, *rest])}."] if [*throughput, *rest] else []
    if isinstance(agreement, str):
        sentences.append(f"{agreement[0].upper()}{agreement[1:]}.")
    if not told.in_turns:
        sentences.append(_apart(told))
    return " ".join(sentences)


def _apart(told: Told) -> str:
    if not told.same_hardware:
        return OTHER_MACHINES
    return APART if told.same_environment else OTHER_SOFTWARE


def times_as_fast(ratio: Ratio) -> str:
    """`1.31 times as fast (1.27 to 1.35)`, of a ratio of times."""
    faster = Ratio(1 / ratio.value)
    if ratio.low and ratio.high:
        faster = Ratio(1 / ratio.value, 1 / ratio.high, 1 / ratio.low)
    return f"{_with_interval(faster, 'times as fast')}"


def _speed(ratio: Ratio | None, told: Told, all_else_equal: bool) -> str:
    """The beginning of the sentence: what B is, or that no difference can be told."""
    if ratio is None:
        return "Nothing was timed of both"
    own = " for its own work" if told.unlike else ""
    percent = _percent(told.smallest_effect)
    if told.speed is Stopped.DECIDED:
        if ratio.value < 1:
            return f"B is {times_as_fast(ratio)}{own}"
        return f"B takes {_with_interval(ratio, 'times as long')}{own}"
    if told.speed is Stopped.EQUIVALENT:
        same = _with_interval(ratio, "times as long")
        return f"No difference of {percent} or more: B takes {same}{own}"
    if ratio.low is None:
        near = _with_interval(ratio, "times as long")
        return f"B takes {near}{own}, of which no interval is known: too few repeats to tell"
    what = "No difference" if all_else_equal and not told.unlike else "No difference in time"
    if told.more_pairs is None:
        return f"{what} can be told"
    return f"{what} can be told; {told.more_pairs} more pairs would show {percent}"


def _throughput(ratio: Ratio | None, told: Told) -> str:
    """Of unlike work, tokens of all rows per second: the rest of a sentence that begins with B."""
    if ratio is None:
        return "has no throughput to compare"
    if told.throughput is Stopped.DECIDED:
        return f"generates {_with_interval(ratio, 'times as many tokens per second')}"
    if told.throughput is Stopped.EQUIVALENT:
        return f"generates as many tokens per second, within {_percent(told.smallest_effect)}"
    many = f"{significant(ratio.value)} times as many tokens per second"
    if ratio.low is None:
        return f"generates {many}, of which no interval is known"
    return "shows no difference in tokens per second that can be told"


def _memory(ratio: Ratio | None) -> str | None:
    if ratio is None:
        return None
    change = ratio.value - 1
    if abs(change) < SAME_MEMORY:
        return "uses as much memory as A"
    if ratio.value >= 2:
        return f"uses {significant(ratio.value)} times the memory"
    return f"uses {abs(change) * 100:.0f} % {'more' if change > 0 else 'less'} memory"


def _agreement(agreement: Agreement | str) -> str | None:
    """Rounded down, so that 100 % are all of them."""
    if isinstance(agreement, str):
        return None
    return f"agrees with A on {math.floor(agreement.share * 100 + 1e-9)} % of tokens"


def _all_equal(ratio: Mapping[str, Ratio], agreement: Agreement | str) -> bool:
    """Whether memory and texts show no difference either."""
    memory = ratio.get("peak_bytes")
    same_memory = memory is None or abs(memory.value - 1) < SAME_MEMORY
    return same_memory and (isinstance(agreement, str) or agreement.share == 1)


def _with_interval(ratio: Ratio, what: str) -> str:
    value = f"{significant(ratio.value)} {what}"
    if ratio.low is None or ratio.high is None:
        return value
    return f"{value} ({significant(ratio.low)} to {significant(ratio.high)})"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _joined(clauses: Sequence[str]) -> str:
    """`a`, `a and b`, or `a, b, and c`."""
    if len(clauses) < 3:
        return " and ".join(clauses)
    return f"{', '.join(clauses[:-1])}, and {clauses[-1]}"
