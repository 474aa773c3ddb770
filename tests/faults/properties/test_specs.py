"""A spec of any values at all: a sound one that survives being written down, or a named fault."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import RequestError
from core.variants.load import LOAD_FIELDS, OBJECTIVE_FIELDS, Load, build_load
from core.variants.policy import Policy, build_policy
from core.variants.request import FIELDS, build_spec, flat_values, plain_type, relevant
from core.variants.spec import RunSpec

Built = TypeVar("Built")
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "nan", "1e999", "fp32", "cpu", "cuda:0", "on", "\0", "64", "~", "a/b", ".."]
    ),
    st.lists(st.text(max_size=5), max_size=3),
    st.binary(max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def fitting(field: str) -> st.SearchStrategy[Any]:
    """Values that a field takes, as far as its type tells."""
    kind = plain_type(FIELDS[field].annotation)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from([*kind])
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(1, 4000)
    return {
        "prompt": st.text(max_size=30),
        "device": st.sampled_from(["cpu", "cuda:0", "cuda:17"]),
        "stop_strings": st.lists(st.text(min_size=1, max_size=9), max_size=3).map(tuple),
        "task": st.sampled_from(["a text of some words", "prompt,expected\na,b"]),
        "time_limit_s": st.floats(0.1, 86_400),
    }.get(field, st.none())


def named_fault(build: Callable[[], Built], *fields: str) -> Built | None:
    """What was built, or None where the error names one of the fields and begins with it."""
    try:
        return build()
    except RequestError as fault:
        error = fault
    assert error.field in fields
    assert str(error).startswith(f"{error.field}: ")
    return None


WHATEVER = st.dictionaries(st.sampled_from([*FIELDS, "no_such_field"]), ANYTHING, max_size=4)
SOUND = st.fixed_dictionaries({}, optional={name: fitting(name) for name in FIELDS}).map(
    lambda values: {name: value for name, value in values.items() if value is not None}
)


@settings(max_examples=250, deadline=None)
@given(WHATEVER)
def test_any_values_make_a_sound_spec_or_an_error_that_names_one_of_them(
    values: dict[str, Any],
) -> None:
    spec = named_fault(lambda: build_spec(values), *values, *FIELDS)
    assert spec is None or build_spec(flat_values(spec)) == spec


@settings(max_examples=150, deadline=None)
@given(SOUND)
def test_a_spec_survives_being_written_down(values: dict[str, Any]) -> None:
    spec = named_fault(lambda: build_spec(values), *FIELDS)
    if spec is None:
        return
    again = RunSpec.model_validate_json(spec.model_dump_json())
    assert (again, again.id) == (spec, spec.id)
    assert build_spec(flat_values(spec)).id == spec.id
    assert relevant(relevant(flat_values(spec))) == relevant(flat_values(spec))


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*LOAD_FIELDS, *OBJECTIVE_FIELDS, "x"]), ANYTHING, max_size=4)
)
def test_any_values_make_a_load_or_an_error_that_names_a_field(values: dict[str, Any]) -> None:
    load = named_fault(lambda: build_load(values), *values, *LOAD_FIELDS, *OBJECTIVE_FIELDS)
    assert load is None or Load.model_validate_json(load.model_dump_json()) == load


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from([*Policy.model_fields, "x"]), ANYTHING, max_size=4))
def test_any_values_make_a_policy_or_an_error_that_names_a_field(values: dict[str, Any]) -> None:
    policy = named_fault(lambda: build_policy(values), *values, *Policy.model_fields)
    assert policy is None or Policy.model_validate_json(policy.model_dump_json()) == policy
