"""What the controls ask for, checked: a spec, and what is wrong with each field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import RequestError
from core.variants.environment import Environment
from core.variants.request import build_spec, problems
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Request:
    """What the controls ask for. `errors` has a text for each field at fault, and `values` the
    others, of which `known` is made, with defaults for what is wrong; `spec` is None where no
    spec can be built of all of them.
    """

    spec: RunSpec | None
    known: RunSpec
    errors: Mapping[str, str]
    values: Mapping[str, Any]

    @property
    def device(self) -> str:
        """The device that is asked for, or the default in place of a wrong one."""
        return self.known.variant.device


def check(values: Mapping[str, Any], environment: Environment) -> Request:
    """The spec that these values ask for, and everything that is wrong with them."""
    spec, left, errors = buildable(values)
    for problem in problems(spec, environment):
        errors.setdefault(problem.field, explain(problem))
    whole = spec if len(left) == len(values) else None
    return Request(whole, spec, errors, left)


def buildable(values: Mapping[str, Any]) -> tuple[RunSpec, dict[str, Any], dict[str, str]]:
    """The spec of those values that one can be built of, these values, and what is wrong with each
    of the others.
    """
    left, errors = dict(values), dict[str, str]()
    while True:
        try:
            return build_spec(left), left, errors
        except RequestError as error:
            errors[error.field] = explain(error)
            # A revision may stand in the model's field, after its name.
            left.pop(error.field if error.field in left else "model")


def explain(error: RequestError) -> str:
    """What is wrong with a field that stands above, and what would do."""
    valid = f" Valid: {', '.join(error.valid)}." if error.valid else ""
    return error.reason + valid
