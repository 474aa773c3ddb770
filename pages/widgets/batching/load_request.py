"""What the controls of a load and of policies ask for, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import RequestError
from core.variants.arrivals import requests_of
from core.variants.load import Load, build_load
from core.variants.policy import Policy, PolicyKind, build_policy
from pages.widgets.batching import load_state
from pages.widgets.request import explain

LABELS = {
    "arrivals": "Arrivals",
    "rate_per_s": "Requests per second",
    "burst_size": "Requests of a burst",
    "on_s": "Seconds with requests",
    "off_s": "Seconds of pause",
    "trace": "Trace",
    "requests": "Requests",
    "duration_s": "Seconds",
    "prompt_lengths": "Prompt tokens",
    "output_lengths": "Output tokens",
    "ttft_s": "Most TTFT, seconds",
    "tpot_s": "Most TPOT, seconds",
    "seed": "Seed",
    "policies": "Policies",
    "batch_size": "Batch size",
    "timeout_s": "Timeout, seconds",
}


@dataclass(frozen=True)
class LoadRequest:
    """What the controls ask for. `errors` has a text for each field of the load at fault, `wrong`
    one for each policy at fault; `load` is None while there are any of the former.
    """

    load: Load | None
    policies: tuple[Policy, ...]
    errors: Mapping[str, str]
    wrong: Mapping[PolicyKind, str]

    @property
    def at_fault(self) -> list[str]:
        """The names of what must be mended."""
        fields = [LABELS.get(field, field) for field in self.errors]
        return [*fields, *(str(kind) for kind in self.wrong)]


def check_load() -> LoadRequest:
    """The load and the policies that the controls ask for now, and all that is wrong with them."""
    load, errors = _checked_load(load_state.load_values())
    policies, wrong = [], {}
    for values in load_state.policy_values():
        try:
            policies.append(build_policy(values))
        except RequestError as error:
            wrong[PolicyKind(values["kind"])] = f"{LABELS[error.field]}: {explain(error)}"
    if not policies and not wrong:
        errors["policies"] = "none is chosen."
    return LoadRequest(None if errors else load, tuple(policies), errors, wrong)


def _checked_load(values: Mapping[str, Any]) -> tuple[Load | None, dict[str, str]]:
    """The load of those values, or what is wrong with each; what is wrong is left out in turn, so
    that all faults are told at once.
    """
    left, errors = dict(values), dict[str, str]()
    while True:
        try:
            load = build_load(left)
            requests_of(load)
            return (None if errors else load), errors
        except RequestError as error:
            if error.field in errors:
                return None, errors
            errors[error.field] = explain(error)
            left.pop(error.field, None)
