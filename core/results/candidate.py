"""A measured run as far as choosing among many needs it: its levers and its numbers, no samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.results.statistics import Interval
from core.results.types import Grade


@dataclass(frozen=True, slots=True)
class Candidate:
    """One measured run. `values` and `intervals` are by a metric's key, in that metric's unit; an
    unknown value is None or absent, an unknown interval absent.

    `question_id` is equal for runs that were asked the same (prompt, lengths, stop rule, seed),
    `environment_id` for runs of the same machine and packages, `hardware_id` for those of the same
    hardware, which `hardware` says in words; `host` is the machine's name, empty where it is not
    known. `levers` are the spec's fields by
    which configurations differ, such as `precision` or `batch_size`.
    """

    run_id: str
    spec_id: str
    question_id: str
    environment_id: str
    device: str
    device_name: str
    hardware_id: str
    hardware: str
    host: str
    trust: Grade
    levers: Mapping[str, str | int]
    values: Mapping[str, float | None]
    intervals: Mapping[str, Interval] = field(default_factory=dict)
