"""What is asked of a server: when requests come, how many they are, and how long."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, field_validator, model_validator

from core.errors import RequestError
from core.variants.closed_spec import Spec
from core.variants.drawn_lengths import WRITTEN, LengthKind, Lengths, parse_lengths
from core.variants.objective import LONGEST_S, Objective
from core.variants.trace import (
    HIGHEST_RATE_PER_S,
    LONGEST_TRACE,
    Trace,
    parse_trace,
    rate_of,
    tidy_trace,
)
from core.variants.trace_columns import TraceRow
from core.variants.validated import validated

MOST_REQUESTS = 100_000
USUAL_RATE_PER_S, USUAL_REQUESTS, USUAL_BURST = 1.0, 100, 4
OF_TRACE = Lengths(kind=LengthKind.TRACE)


class Arrivals(StrEnum):
    """When requests come."""

    POISSON = "poisson"
    BURSTS = "bursts"
    TRACE = "trace"


class Load(Spec):
    """Requests over time. Exactly one of `requests` and `duration_s` is set, neither where a whole
    trace is meant. A trace keeps its own rate unless `rate_per_s` says otherwise; then its times
    are stretched.
    """

    arrivals: Arrivals = Field(
        default=Arrivals.POISSON,
        description="poisson: one by one, independent of each other; bursts: several at once, or "
        "in periods with pauses; trace: as recorded.",
    )
    rate_per_s: float | None = Field(
        default=None,
        gt=0,
        le=HIGHEST_RATE_PER_S,
        description="Requests per second, over pauses too (default: 1; a trace's own).",
    )
    burst_size: int | None = Field(
        default=None, ge=1, le=10_000, description="Requests of a burst, which come at once."
    )
    on_s: float | None = Field(
        default=None, gt=0, le=LONGEST_S, description="Seconds in which requests come."
    )
    off_s: float | None = Field(
        default=None, gt=0, le=LONGEST_S, description="Seconds of pause after them."
    )
    trace: str | None = Field(
        default=None,
        max_length=LONGEST_TRACE,
        description="A CSV with the columns arrival_s or timestamp and, if wanted, prompt_tokens "
        "and output_tokens.",
    )
    requests: int | None = Field(
        default=None,
        ge=1,
        le=MOST_REQUESTS,
        description="So many requests (default: 100; all of a trace).",
    )
    duration_s: float | None = Field(
        default=None,
        gt=0,
        le=LONGEST_S,
        description="Instead: those that come within that time; of a trace, within its own time, "
        "before it is stretched.",
    )
    prompt_lengths: Lengths = Field(
        default=Lengths(kind=LengthKind.UNIFORM, low=16, high=128),
        description="Tokens of the prompts: 64, uniform:16-128, geometric:64, lognormal:64:0.5, or "
        "trace.",
    )
    output_lengths: Lengths = Field(
        default=Lengths(kind=LengthKind.UNIFORM, low=8, high=32),
        description="Tokens of the answers, written like those of the prompts.",
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Seed of all that is drawn.")
    objective: Objective = Objective()

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        return _completed(values) if isinstance(values, dict) else values

    @field_validator("trace")
    @classmethod
    def _trace_that_can_be_read(cls, text: str | None) -> str | None:
        """The trace with one kind of line breaks; raises RequestError for broken rows."""
        if text is not None:
            parse_trace(text)
        return text if text is None else tidy_trace(text)

    @model_validator(mode="after")
    def _fits_together(self) -> "Load":
        for problem in _conflicts(self):
            raise problem
        return self

    @property
    def recorded(self) -> Trace | None:
        """The trace that it follows, if it follows one."""
        return None if self.trace is None else parse_trace(self.trace)

    @property
    def used_rows(self) -> tuple[TraceRow, ...]:
        """The rows of its trace that are served; none where it follows none."""
        trace = self.recorded
        return () if trace is None else trace.used(self.requests, self.duration_s)

    @property
    def mean_rate_per_s(self) -> float | None:
        """Requests per second in the long run; None for a trace whose requests that are served come
        at once.
        """
        if self.rate_per_s is None and self.trace is not None:
            return rate_of(self.used_rows)
        return self.rate_per_s

    @property
    def peak_rate_per_s(self) -> float | None:
        """The same without pauses: in the seconds with requests."""
        if self.rate_per_s is None or self.on_s is None or self.off_s is None:
            return self.mean_rate_per_s
        return self.rate_per_s * (self.on_s + self.off_s) / self.on_s

    def at_rate(self, rate_per_s: float) -> "Load":
        """The same load at another rate: what is drawn stays, only its times are stretched.

        Raises RequestError for a trace in which all requests come at once.
        """
        return Load.model_validate({**dict(self), "rate_per_s": rate_per_s})


OBJECTIVE_FIELDS = tuple(Objective.model_fields)
LOAD_FIELDS = tuple(name for name in Load.model_fields if name != "objective")


def build_load(values: Mapping[str, object]) -> Load:
    """A load from flat values: the fields of Load and Objective; lengths may be written in a word.

    Raises RequestError for what a field does not take, and for fields that do not go together.
    """
    for name in values:
        if name not in {*LOAD_FIELDS, *OBJECTIVE_FIELDS}:
            known = (*LOAD_FIELDS, *OBJECTIVE_FIELDS)
            raise RequestError(name, values[name], "there is no such field.", known)
    rest = dict(values)
    for field in ("prompt_lengths", "output_lengths"):
        if isinstance(rest.get(field), str):
            rest[field] = parse_lengths(field, str(rest[field]))
    objective = {name: rest.pop(name) for name in OBJECTIVE_FIELDS if name in rest}
    return validated(Load, {**rest, "objective": validated(Objective, objective)})


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Defaults that hang on other fields."""
    given = {name: value for name, value in values.items() if value is not None}
    if "trace" in given:
        usual = {"arrivals": Arrivals.TRACE, "prompt_lengths": OF_TRACE, "output_lengths": OF_TRACE}
        return {**usual, **given}
    usual = {"rate_per_s": USUAL_RATE_PER_S}
    if "duration_s" not in given:
        usual["requests"] = USUAL_REQUESTS
    if given.get("arrivals") == Arrivals.BURSTS and not given.keys() & {"on_s", "off_s"}:
        usual["burst_size"] = USUAL_BURST
    return {**usual, **given}


def _conflicts(load: Load) -> Iterator[RequestError]:
    """Fields that do not go together."""
    yield from _wrong_arrivals(load)
    if load.requests is not None and load.duration_s is not None:
        reason = "give requests or duration_s, not both."
        yield RequestError("duration_s", load.duration_s, reason)
    for field in ("prompt_lengths", "output_lengths"):
        yield from _wrong_lengths(load, field)
    yield from _wrong_trace(load)
    if load.trace is None and _expected_requests(load) > MOST_REQUESTS:
        reason = f"more than {MOST_REQUESTS:,} requests would come."
        yield RequestError("duration_s", load.duration_s, reason, ("a shorter time",))


def _wrong_trace(load: Load) -> Iterator[RequestError]:
    recorded = load.recorded
    if recorded is None:
        return
    if (load.requests or 1) > len(recorded.rows):
        valid = (f"whole numbers from 1 to {len(recorded.rows)}",)
        yield RequestError("requests", load.requests, "the trace has no more rows.", valid)
    if load.rate_per_s is not None and rate_of(load.used_rows) is None:
        reason = "all requests that it takes of the trace come at once: there is nothing to stretch"
        yield RequestError("rate_per_s", load.rate_per_s, f"{reason}.", ("none",))


def _expected_requests(load: Load) -> float:
    """How many come within its duration on average; 0 where they are counted instead."""
    on_s, off_s = load.on_s or 1.0, load.off_s or 0.0
    periods, rest_s = divmod(load.duration_s or 0.0, on_s + off_s)
    return (load.peak_rate_per_s or 0.0) * (periods * on_s + min(rest_s, on_s))


def _wrong_arrivals(load: Load) -> Iterator[RequestError]:
    if load.arrivals is Arrivals.TRACE and load.trace is None:
        yield RequestError("trace", None, "which one shall be followed?", ("a CSV file",))
    if load.arrivals is not Arrivals.TRACE and load.trace is not None:
        reason = "a trace is given, and it says when requests come."
        yield RequestError("arrivals", load.arrivals, reason, (Arrivals.TRACE,))
    for field in ("burst_size", "on_s", "off_s"):
        value = getattr(load, field)
        if value is not None and load.arrivals is not Arrivals.BURSTS:
            reason = f"it says nothing where arrivals are {load.arrivals}."
            yield RequestError(field, value, reason, ("arrivals: bursts",))
    if (load.on_s is None) != (load.off_s is None):
        field = "on_s" if load.on_s is None else "off_s"
        reason = "give both, the seconds with requests and those without."
        yield RequestError(field, None, reason, ("seconds above 0",))


def _wrong_lengths(load: Load, field: str) -> Iterator[RequestError]:
    lengths: Lengths = getattr(load, field)
    column = field.replace("lengths", "tokens")
    if lengths.kind is not LengthKind.TRACE:
        return
    if load.recorded is None:
        yield RequestError(field, "trace", "no trace is given.", WRITTEN[:-1])
    elif column not in load.recorded.columns:
        reason = f"the trace has no column {column}: say how long they are."
        yield RequestError(field, "trace", reason, WRITTEN[:-1])
