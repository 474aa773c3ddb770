"""A stored run as a command line and as a Python snippet that measure the same again."""

import re
import shlex
from typing import Any

from core.variants.models import BUNDLED_KEY
from core.variants.pairing import PairPlan
from core.variants.request import build_spec, flat_values
from core.variants.spec import RunSpec
from core.variants.stop_strings import as_typed

SNIPPET = '''\
"""Run from the root of the checkout, in its virtual environment."""

from core.jobs.manager import JobManager
from core.variants.pairing import PairPlan
from core.variants.request import build_spec

spec = build_spec(
    {{
{values}
    }}
)
with JobManager() as jobs:
    outcome = jobs.wait(jobs.submit(spec))
print(outcome.model_dump_json(indent=2))
'''


def command_line(spec: RunSpec) -> str:
    """A shell command; flags are left out where they are the default, but for model and device.

    A task is written out and ends with a line break, by which `run` knows it from a file's path;
    stop strings are written as they are typed.
    """
    return shlex.join(["python", "-m", "core", "run", *_flags(spec)])


def pair_command_line(a: RunSpec, b: RunSpec, plan: PairPlan) -> str:
    """A shell command that measures the two in turns by that plan."""
    sides = [f"--{side}={_quoted(shlex.join(_flags(spec)))}" for side, spec in (("a", a), ("b", b))]
    numbers = [_flag(name, value) for name, value in plan.model_dump().items()]
    return " ".join([shlex.join(["python", "-m", "core", "compare"]), *sides, *numbers])


def _quoted(text: str) -> str:
    """One word for a shell: between double quotes where it has single ones, which reads better. A
    shell that a person types in may read even there what follows an exclamation mark.
    """
    if "'" not in text or "!" in text:
        return shlex.quote(text)
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def _flags(spec: RunSpec) -> list[str]:
    unusual = _unusual_values(spec)
    if "task" in unusual:
        unusual["task"] += "\n"
    if "stop_strings" in unusual:
        unusual["stop_strings"] = [as_typed(text) for text in unusual["stop_strings"]]
    return [
        _flag(name, value)
        for name, values in unusual.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def python_snippet(spec: RunSpec) -> str:
    """A script that submits the very spec and prints its outcome."""
    values = "\n".join(f"        {k!r}: {v!r}," for k, v in _unusual_values(spec).items())
    return SNIPPET.format(values=values)


def _unusual_values(spec: RunSpec) -> dict[str, Any]:
    usual = flat_values(build_spec({}))
    kept = ["model", "device", "prompt", "prompt_tokens"]
    # Left out, they would be what the machine of the moment has: trained here, random there.
    if spec.variant.model != BUNDLED_KEY:
        kept.append("weights")
    values = flat_values(spec)
    return {k: v for k, v in values.items() if k in kept or v != usual.get(k)}


def _flag(name: str, value: Any) -> str:
    """`--name=value`, so that a value that begins with a dash is no flag."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag}={value}"
