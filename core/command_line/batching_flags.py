"""The flags of `batching`: the fields of a load, of its objective and of the policies."""

import argparse
from pathlib import Path

from core.command_line.executors import add_devices, add_executor
from core.command_line.flags import add_field, flag_of
from core.command_line.parser import Parser
from core.errors import RequestError
from core.variants.load import LOAD_FIELDS, OBJECTIVE_FIELDS, Load, build_load
from core.variants.objective import Objective
from core.variants.policy import Policy, PolicyKind, build_policy
from core.variants.spec import VariantSpec
from core.variants.trace import LONGEST_TRACE, decode_trace

POLICY_FIELDS = ("batch_size", "timeout_s")
NO_LIMIT = "none"
MEASURING = (
    ("--calibration", "FILE", "simulate with the measured steps of this file, a calibration as "
     "JSON (default: the newest that were measured here)"),
    ("--measure", "POLICIES", "serve the load in truth with these policies, or all, in real time, "
     "and hold it against its simulation"),
    ("--repeats", "N", "serve everything so often (default: 1)"),
    ("--most-s", "SECONDS", "refuse to serve for longer than that (default: 900)"),
    ("--steps-to", "FILE", "write the measured steps to this file, as --calibration reads it"),
    ("--resume", "ID", "go on with a load test that was stopped"),
)  # fmt: skip
SWITCHES = (
    ("--calibrate", "measure the variant's steps now, for about a minute"),
    ("--anew", "measure the steps again, though stored ones would do"),
    ("--overloads", "also serve loads that are more than a policy can serve"),
)


def add_batching_flags(parser: Parser) -> None:
    """A flag for each field. Values stay text here: the fields judge them."""
    for kind, fields in (
        (Load, LOAD_FIELDS),
        (Objective, OBJECTIVE_FIELDS),
        (Policy, POLICY_FIELDS),
    ):
        for field in fields:
            info = kind.model_fields[field]
            free = f", or {NO_LIMIT}" if kind is Objective else ""
            usual = "" if info.default is None else f" (default: {info.default}{free})"
            metavar = "FILE" if field == "trace" else field.upper()
            text = f"{info.description}{usual}".replace("%", "%%")
            parser.add_argument(flag_of(field), metavar=metavar, help=text)
    text = f"{', '.join(PolicyKind)}, with commas between them (default: all that can be simulated)"
    parser.add_argument("--policies", metavar="POLICIES", help=text)
    text = "arrival rates to look at, with commas between them (default: from idle to overloaded)"
    parser.add_argument("--rates", metavar="RATES", help=text)


def add_measuring_flags(parser: Parser) -> None:
    """What to measure, and of which variant."""
    for field in VariantSpec.model_fields:
        add_field(parser, field)
    for flag, metavar, text in MEASURING:
        parser.add_argument(flag, metavar=metavar, help=text)
    for flag, text in SWITCHES:
        parser.add_argument(flag, action="store_true", help=text)
    add_executor(parser)
    add_devices(parser)


def load_of(chosen: argparse.Namespace) -> Load:
    """The load that the flags describe; raises RequestError for what a field does not take."""
    names = (*LOAD_FIELDS, *OBJECTIVE_FIELDS)
    values = {name: value for name in names if (value := getattr(chosen, name)) is not None}
    for name in OBJECTIVE_FIELDS:
        if values.get(name) == NO_LIMIT:
            values[name] = None
    if "trace" in values:
        values["trace"] = _content("trace", values["trace"])
    return build_load(values)


def policy_of(chosen: argparse.Namespace) -> Policy:
    """The numbers that all policies share."""
    given = {name: value for name in POLICY_FIELDS if (value := getattr(chosen, name)) is not None}
    return build_policy(given)


def kinds_of(text: str | None) -> tuple[PolicyKind, ...]:
    """The policies of a list with commas, each once; none where none was given."""
    names = [] if text is None else [name.strip().lower() for name in text.split(",")]
    for name in names:
        if name not in tuple(PolicyKind):
            raise RequestError("policies", name, "there is no such policy.", tuple(PolicyKind))
    return tuple(dict.fromkeys(PolicyKind(name) for name in names))


def rates_of(text: str | None, load: Load) -> tuple[float, ...]:
    """The rates of a list with commas, each of which the load could have."""
    return () if text is None else tuple(sorted({_rate(part, load) for part in text.split(",")}))


def _rate(text: str, load: Load) -> float:
    try:
        return load.at_rate(float(text)).rate_per_s or 0.0
    except (RequestError, ValueError):
        reason = "it is no rate that this load could have."
        valid = ("requests per second above 0, with commas between them",)
        raise RequestError("rates", text.strip(), reason, valid) from None


def file_bytes(field: str, path: str) -> bytes:
    """What a file holds; raises RequestError where it cannot be read, or is far too long."""
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(LONGEST_TRACE * 4)
    except (OSError, ValueError, RuntimeError) as error:
        reason = f"the file cannot be read: {getattr(error, 'strerror', None) or error}."
        raise RequestError(field, path, reason, ("the path of a file",)) from None


def _content(field: str, path: str) -> str:
    return decode_trace(file_bytes(field, path))
