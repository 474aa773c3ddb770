"""The commands: each is there, and only what was asked for is imported."""

import subprocess
import sys

import pytest

from core.command_line.arguments import COMMANDS, make_parser, parse

HEAVY = ("sqlalchemy", "numpy", "core.experiments", "core.results.history")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_module_and_its_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([name, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_the_help_of_all_lists_each_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {summary}" in printed for name, summary in COMMANDS.items())


def test_an_unknown_command_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["measure"])
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert all(name in printed for name in COMMANDS)


def test_the_whole_parser_takes_the_flags_of_all() -> None:
    chosen = make_parser().parse_args(["sweep", "--devices", "all", "--batch-size", "1,2"])
    assert (chosen.devices, chosen.batch_size) == ("all", "1,2")


@pytest.mark.parametrize("arguments", [[], ["models"]])
def test_what_a_command_does_not_need_is_not_imported(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from core.command_line.arguments import make_parser\n"
        f"make_parser({arguments!r})\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
