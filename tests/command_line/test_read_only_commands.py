"""A read-only shell: what would measure or change ends with 2 and the reason; the rest works."""

import pytest

from core.__main__ import main
from core.home import READ_ONLY_VARIABLE
from core.results.history import History
from tests.samples import a_result, a_spec

MEASURING = (
    ["run"],
    ["sweep", "--precision", "fp32,bf16"],
    ["compare", "--a", "", "--b", "--precision bf16"],
    ["claims", "--run", "5"],
    ["batching", "--measure", "none", "--requests", "2"],
    ["batching", "--calibrate"],
    ["history", "--import", "-"],
)


@pytest.fixture(autouse=True)
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    History().finish(a_result("run-1"))
    History().finish(a_result("run-2", a_spec(precision="bf16"), minute=1))
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")


@pytest.mark.parametrize("command", MEASURING, ids=" ".join)
def test_measuring_is_refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert f"error: Read-only ({READ_ONLY_VARIABLE} is set)" in capsys.readouterr().err
    assert History().count() == 2


@pytest.mark.parametrize(
    "command",
    [
        ["history"],
        ["history", "--run", "run-1"],
        ["history", "--csv", "-"],
        ["sweep", "--precision", "fp32,bf16", "--dry-run"],
        ["sweep", "--list"],
        ["claims"],
        ["compare", "--a", "run-1", "--b", "run-2"],
        ["environment"],
    ],
    ids=" ".join,
)
def test_looking_works(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 0
    assert READ_ONLY_VARIABLE not in "".join(capsys.readouterr())
