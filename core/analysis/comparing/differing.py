"""In what stored runs differ: what was asked, what really ran, the machine; and what to call them.

Rows in which all runs agree are left out, so that what remains explains the numbers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.analysis.effective import Setting, effective_differences, settings
from core.results.format import DASH
from core.results.identity import DRAWING_PACKAGES, QUESTION
from core.results.naming import name_parts
from core.results.observed import RunEnvironment
from core.results.types import RunResult
from core.variants.axes import AXES
from core.variants.precision import own_compute_dtype
from core.variants.request import FIELDS, flat_values, relevant
from core.variants.spec import RunSpec

HARDWARE: dict[str, Callable[[RunEnvironment], object]] = {
    "device": lambda machine: machine.device_name,
    "processors": lambda machine: machine.cpu_count,
}
HOST: dict[str, Callable[[RunEnvironment], object]] = {
    "host": lambda machine: machine.host_name,
}
SOFTWARE: dict[str, Callable[[RunEnvironment], object]] = {
    "platform": lambda machine: machine.platform,
    "driver": lambda machine: machine.driver,
    "Python": lambda machine: machine.python,
    "thread settings": lambda machine: _settings_text(machine.thread_settings),
}
MODEL = ("model", "revision", "weights")
PROGRAM = "this program"
NOT_SOFTWARE = (*HARDWARE, *HOST, PROGRAM, *DRAWING_PACKAGES)
LONGEST_TEXT = 60
CONTEXT = 12


class Origin(StrEnum):
    """Where a setting was read."""

    ASKED = "asked"
    RAN = "ran"
    MACHINE = "machine"


@dataclass(frozen=True)
class SettingRow:
    """A setting in which the runs differ, with each run's value, in the order of the runs. `key` is
    the spec's field where it was asked, else the same as `name`.
    """

    origin: Origin
    key: str
    name: str
    values: tuple[str, ...]


UNLIKE: tuple[tuple[str, Callable[[SettingRow], bool], str], ...] = (
    (
        "Measured on different machines",
        lambda row: row.origin is Origin.MACHINE and row.key in HARDWARE,
        "a difference may be the machine's and not the setting's",
    ),
    (
        "Measured on different hosts",
        lambda row: row.origin is Origin.MACHINE and row.key in HOST,
        "machines that are alike may still be busy otherwise",
    ),
    (
        "Measured with different software",
        lambda row: row.origin is Origin.MACHINE and row.key not in NOT_SOFTWARE,
        "a difference may be the libraries' and not the setting's",
    ),
    (
        "Not the same model",
        lambda row: row.origin is Origin.ASKED and row.key in MODEL,
        "quality is against each model's own reference",
    ),
    (
        "Not the same question",
        lambda row: row.origin is Origin.ASKED and row.key in QUESTION,
        "times are of other work",
    ),
)


def differing_settings(results: Sequence[RunResult]) -> tuple[SettingRow, ...]:
    """What was asked otherwise, what ran otherwise without being asked to, another machine."""
    return (*asked_differently([r.spec for r in results]), *_ran(results), *_machines(results))


def warnings(results: Sequence[RunResult]) -> tuple[str, ...]:
    """What makes the comparison one of unlike things, the gravest first."""
    rows = differing_settings(results)
    return tuple(
        f"{what} ({', '.join(names)}): {why}."
        for what, concerned, why in UNLIKE
        if (names := [row.name for row in rows if concerned(row)])
    )


def doubts(result: RunResult) -> tuple[str, ...]:
    """What lowers a run's grade of trust, and what did not run as it was asked."""
    return (*result.trust.reasons, *effective_differences(result))


def distinct_names(specs: Sequence[RunSpec]) -> tuple[str, ...]:
    """A short name for each run: its place, and of its long name what not all runs share."""
    parts = [name_parts(spec) for spec in specs]
    shared = set(parts[0]).intersection(*parts[1:]) if len(parts) > 1 else set()
    own = [" · ".join(part for part in named if part not in shared) for named in parts]
    levers = [text or named[1] for text, named in zip(own, parts, strict=True)]
    return tuple(f"{place} {text}" for place, text in enumerate(levers, start=1))


def asked_differently(specs: Sequence[RunSpec]) -> Iterator[SettingRow]:
    """The fields that these specs ask otherwise, in the order of the fields."""
    asked = [_asked(spec) for spec in specs]
    for field in FIELDS:
        texts = _shortened([_label(field, values.get(field)) for values in asked])
        if len({str(values.get(field)) for values in asked}) > 1:
            yield SettingRow(Origin.ASKED, field, _name(field), tuple(texts))


def _asked(spec: RunSpec) -> dict[str, Any]:
    """The spec's fields that mean something: a seed where the prompt is drawn with it, a type to
    compute in where it is not the precision's own.
    """
    values = relevant(flat_values(spec))
    if spec.variant.compute_dtype is own_compute_dtype(spec.variant.precision):
        values.pop("compute_dtype", None)
    if spec.workload.prompt_tokens is None:
        values.pop("seed", None)
    return values


def _ran(results: Sequence[RunResult]) -> Iterator[SettingRow]:
    """Effective settings that differ, unless they were asked to and became what was asked."""
    told = [{row.name: row for row in settings(result)} for result in results]
    for name in dict.fromkeys(name for rows in told for name in rows):
        rows = [rows.get(name, Setting(name, "", DASH)) for rows in told]
        ran = tuple(row.effective for row in rows)
        as_asked = not any(row.differs for row in rows)
        explained = as_asked and len({row.requested for row in rows}) > 1
        if len(set(ran)) > 1 and not explained:
            yield SettingRow(Origin.RAN, rows[0].name, rows[0].name, ran)


def _machines(results: Sequence[RunResult]) -> Iterator[SettingRow]:
    yield from _rows_of(results, HARDWARE)
    if all(result.environment.host_name for result in results):
        yield from _rows_of(results, HOST)
    yield from _rows_of(results, SOFTWARE)
    for package in _other_packages(results):
        versions = [result.environment.packages.get(package) for result in results]
        shown = tuple(version or DASH for version in versions)
        yield SettingRow(Origin.MACHINE, package, package, shown)
    yield from _rows_of(results, {PROGRAM: lambda machine: machine.commit})


def _rows_of(
    results: Sequence[RunResult], facts: dict[str, Callable[[RunEnvironment], object]]
) -> Iterator[SettingRow]:
    for name, read in facts.items():
        values = [read(result.environment) for result in results]
        if len(set(values)) > 1:
            texts = tuple(DASH if value is None else str(value) for value in values)
            yield SettingRow(Origin.MACHINE, name, name, texts)


def _other_packages(results: Sequence[RunResult]) -> list[str]:
    known = [result.environment.packages for result in results]
    names = sorted({name for packages in known for name in packages})
    return [name for name in names if len({packages.get(name) for packages in known}) > 1]


def _name(field: str) -> str:
    return AXES[field].label if field in AXES else field.replace("_", " ")


def _label(field: str, value: Any) -> str:
    if value is None:
        return DASH
    row = AXES[field].rows.get(value) if field in AXES else None
    return row.label if row else str(value)


def _settings_text(settings: Mapping[str, str] | None) -> str | None:
    if settings is None:
        return None
    return ", ".join(f"{name}={value}" for name, value in sorted(settings.items())) or "none"


def _shortened(texts: list[str]) -> list[str]:
    """Long texts, each from shortly before where they begin to differ."""
    if max(map(len, texts)) <= LONGEST_TEXT:
        return texts
    known = [text for text in texts if text != DASH]
    shortest = min(known, key=len)
    others = (at for at, letter in enumerate(shortest) if any(t[at] != letter for t in known))
    start = max(next(others, len(shortest)) - CONTEXT, 0)
    return [_part(text, start) if text != DASH else DASH for text in texts]


def _part(text: str, start: int) -> str:
    shown = text[start : start + LONGEST_TEXT]
    before, after = "…" if start else "", "…" if start + LONGEST_TEXT < len(text) else ""
    return f"{before}{shown}{after} ({len(text):,} characters)"
