"""The load and the policies of Batching in its link: in the words of the command line.

What is not named is the usual load. Which of two kinds is meant follows from what is named: seconds
instead of a number of requests, pauses instead of bursts.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import RequestError
from core.variants.drawn_lengths import TAKES, LengthKind, Lengths, parse_lengths
from core.variants.load import Arrivals, Load
from core.variants.policy import POLICIES, Policy, PolicyKind, build_policy
from pages.widgets.batching import load_state
from pages.widgets.batching.load_state import BOTH, BURST_FIELDS, SIDES, TRACE_FIELDS, value
from pages.widgets.links.kinds import (
    Kind,
    Unreadable,
    choice,
    decimal,
    listed,
    optional,
    text,
    whole,
)
from pages.widgets.links.page_link import PageLink, Values

UNKNOWN = "?"  # of lengths that are not complete yet: no link can carry them
ON = "policies"
LENGTH_FIELDS = tuple(f"{side}_lengths" for side in SIDES)


def load_link() -> PageLink:
    """When requests come, how long they are, what they must keep, and who serves them."""
    return PageLink(KINDS, _values, _take)


def _values() -> Values:
    now = {**_arrivals(), **_lengths(), ON: _policies()}
    now |= {name: value(name) for name in ("seed", "ttft_s", "tpot_s")}
    fresh = _fresh()
    return {name: found for name, found in now.items() if name not in fresh or found != fresh[name]}


def _fresh() -> dict[str, Any]:
    """What the parameters have on a fresh page."""
    load = Load()
    return {
        "arrivals": str(load.arrivals),
        "rate_per_s": load_state.USUAL["rate_per_s"],
        "requests": load_state.USUAL["requests"],
        "prompt_lengths": load.prompt_lengths,
        "output_lengths": load.output_lengths,
        "seed": load.seed,
        "ttft_s": load.objective.ttft_s,
        "tpot_s": load.objective.tpot_s,
        ON: [Policy(kind=kind) for kind in PolicyKind],
    }


def _arrivals() -> dict[str, Any]:
    """The fields that count with these arrivals. Those that tell a kind are always named."""
    if value("arrivals") == Arrivals.TRACE:
        limits = {name: value(f"trace_{name}") for name in TRACE_FIELDS}
        given = {"trace": value("trace"), **limits}
        return {
            "arrivals": Arrivals.TRACE,
            **{n: v for n, v in given.items() if v not in (None, "")},
        }
    amount = "requests" if value("amount") == load_state.REQUESTS else "duration_s"
    bursts = BURST_FIELDS[value("bursts")] if value("arrivals") == Arrivals.BURSTS else ()
    fields = ("arrivals", "rate_per_s", amount, *bursts)
    return {name: value(name) for name in fields}


def _lengths() -> dict[str, Any]:
    return {f"{side}_lengths": _lengths_of(side) for side in SIDES}


def _lengths_of(side: str) -> Lengths | None:
    """One side's lengths; None where they are not complete."""
    kind = LengthKind(value(f"{side}_kind"))
    parts = {part: value(load_state.length_field(side, kind, part))
             for names in TAKES[kind] for part in names}  # fmt: skip
    try:
        return Lengths.model_validate({"kind": kind, **parts})
    except ValidationError:
        return None


def _policies() -> list[Policy]:
    return [Policy.model_construct(**values) for values in load_state.policy_values()]


def _take(given: Values) -> None:
    load_state.start_load()
    fresh = _fresh()
    lengths = {name: given.get(name, fresh[name]) for name in LENGTH_FIELDS}
    load_state.set_up(Load().model_copy(update=lengths), given.get(ON, fresh[ON]))
    arrivals = str(given.get("arrivals", fresh["arrivals"]))
    prefix = "trace_" if arrivals == Arrivals.TRACE else ""
    for name in TRACE_FIELDS:
        if name in given:
            load_state.put(f"{prefix}{name}", given[name])
    for name in ("seed", "ttft_s", "tpot_s", "trace", *BURST_FIELDS[BOTH]):
        if name in given:
            load_state.put(name, given[name])
    load_state.put("arrivals", arrivals)
    load_state.put("bursts", _bursts(given))
    by_time = "duration_s" in given and "requests" not in given
    load_state.put("amount", load_state.SECONDS if by_time else load_state.REQUESTS)


def _bursts(given: Mapping[str, Any]) -> str:
    """What a burst is, by what is named of it."""
    paused = "on_s" in given or "off_s" in given
    if not paused:
        return load_state.AT_ONCE
    return BOTH if "burst_size" in given else load_state.PERIODS


def _read_lengths(given: str) -> Lengths:
    try:
        return parse_lengths("", given)
    except RequestError as error:
        raise Unreadable(error.reason, error.valid) from None


def _read_policy(given: str) -> Policy:
    """A policy in a word: `static`, `static:16`, `window:8:0.5`."""
    name, *numbers = given.split(":")
    kind = PolicyKind(choice([*PolicyKind]).read(name))
    row = POLICIES[kind]
    names = [*(["batch_size"] if row.sized else []), *(["timeout_s"] if row.timed else [])]
    if len(numbers) > len(names):
        raise Unreadable(f"{kind} has no {len(numbers)} numbers.", ("static:8", "window:8:0.5"))
    numbered = zip(names, numbers, strict=False)
    try:
        return build_policy({"kind": kind, **{n: decimal().read(text) for n, text in numbered}})
    except RequestError as error:
        raise Unreadable(f"{error.field}: {error.reason}", error.valid) from None


def _write_policy(policy: Policy) -> str:
    row, usual = POLICIES[policy.kind], Policy(kind=policy.kind)
    if not row.sized or policy == usual:
        return policy.kind
    timed = f":{policy.timeout_s!r}" if row.timed else ""
    return f"{policy.kind}:{policy.batch_size}{timed}"


LENGTHS = Kind(_read_lengths, lambda found: UNKNOWN if found is None else str(found))
KINDS = {
    "arrivals": choice([*Arrivals]),
    "rate_per_s": decimal(),
    "burst_size": whole(),
    "on_s": decimal(),
    "off_s": decimal(),
    "trace": text(),
    "requests": whole(),
    "duration_s": decimal(),
    "prompt_lengths": LENGTHS,
    "output_lengths": LENGTHS,
    "ttft_s": optional(decimal()),
    "tpot_s": optional(decimal()),
    "seed": whole(),
    ON: listed(Kind(_read_policy, _write_policy)),
}
