"""A spec as a command line and as a snippet, and back."""

import json
import shlex
import subprocess
from typing import Any

import pytest

from core.command_line.arguments import make_parser
from core.command_line.run import spec_of
from core.jobs import manager
from core.results.reproduce import command_line, pair_command_line, python_snippet
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec
from tests.fake_executor import FakeExecutor
from tests.samples import a_spec

SPECS = [
    a_spec(),
    a_spec(precision="nf4", batch_size=4, kv_cache="off", quality=False, repeats=7),
    a_spec(prompt_tokens=128, seed=3),
    a_spec(prompt="--prompt=-x"),
    a_spec(prompt='it\'s "quoted"\n$HOME `id` \\ ü 🦊 {braces}'),
    a_spec(stop="natural", stop_strings=("\n\n", "\\n", "-x", " a\tb")),
    a_spec(task="One line of it's own, ü"),
    a_spec(task='prompt,expected,match\n"it\'s 1, 2,",$3,contains\nx,\\d `y`,regex'),
]


@pytest.mark.parametrize("spec", SPECS)
def test_the_command_line_gives_the_same_spec_back(spec: RunSpec) -> None:
    words = shlex.split(command_line(spec))
    assert words[:4] == ["python", "-m", "core", "run"]
    assert spec_of(make_parser().parse_args(words[3:]), "cpu") == spec


def test_a_line_break_in_a_stop_string_is_typed_as_on_the_page() -> None:
    words = ["run", "--stop=natural", "--stop-strings=\\n", "--stop-strings=\\frac"]
    spec = spec_of(make_parser().parse_args(words), "cpu")
    assert spec.workload.stop_strings == ("\n", "\\frac")


@pytest.mark.parametrize("spec", SPECS)
def test_the_snippet_runs_the_same_spec(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        manager.JobManager.__init__, "__defaults__", (None, lambda _: FakeExecutor(), None, None)
    )
    scope: dict[str, Any] = {}
    exec(python_snippet(spec), scope)
    assert scope["spec"] == spec
    printed = json.loads(capsys.readouterr().out)
    assert RunSpec.model_validate(printed["spec"]) == spec


def test_defaults_are_left_out() -> None:
    assert "--repeats" not in command_line(a_spec())
    assert "--precision" not in command_line(a_spec())


@pytest.mark.parametrize("prompt", ["plain words", 'a "b" `c` $d \\e', "it's", "wow! it's", "a\nb"])
def test_a_pair_is_one_command_with_both_sides_in_quotes(prompt: str) -> None:
    a, b = a_spec(prompt=prompt), a_spec(prompt=prompt, precision="nf4")
    line = pair_command_line(a, b, PairPlan(most_pairs=20, smallest_effect=0.05))
    script = f"for word in {line.removeprefix('python -m core compare ')}; do printf '%s\\0' "
    done = subprocess.run(
        ["sh", "-c", f'{script}"$word"; done'], capture_output=True, text=True, check=True
    )
    side_a, side_b, *plan = done.stdout.split("\0")[:-1]
    assert plan == ["--most-pairs=20", "--smallest-effect=0.05"]
    for side, spec in ((side_a.removeprefix("--a="), a), (side_b.removeprefix("--b="), b)):
        assert ["python", "-m", "core", "run", *shlex.split(side)] == shlex.split(
            command_line(spec)
        )
