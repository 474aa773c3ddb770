"""The command line over a history in PostgreSQL, and what it says where that cannot be used."""

import json
import socket
import sys

import pytest

from core.__main__ import main
from core.home import DATABASE_VARIABLE
from core.results.history import History
from core.variants.environment import node_name
from tests.postgres_server import PASSWORD, USER, WRITTEN_PASSWORD, PostgresServer
from tests.samples import a_result, a_spec


def test_the_history_is_listed_exported_and_asked(
    out: pytest.CaptureFixture[str], team_history: History
) -> None:
    team_history.finish(a_result("run-1"))
    team_history.finish(a_result("run-2", a_spec(precision="nf4"), minute=1))
    assert main(["history"]) == 0
    assert node_name() in out.readouterr().out
    assert main(["history", "--json"]) == 0
    assert [run["run_id"] for run in json.loads(out.readouterr().out)] == ["run-2", "run-1"]
    assert main(["history", "--csv", "-"]) == 0
    assert out.readouterr().out.count("run-") >= 2
    assert main(["history", "--run", "run-1"]) == 0
    assert main(["recommend", "--ask", "cheapest", "--json"]) == 0
    assert main(["claims"]) == 0
    printed = out.readouterr()
    assert "run-" in printed.out


def test_the_environment_names_the_database_and_no_password(
    out: pytest.CaptureFixture[str], team_history: History, postgres: PostgresServer
) -> None:
    assert main(["environment", "--json"]) == 0
    printed = out.readouterr()
    expected = f"postgresql://{USER}@127.0.0.1:{postgres.port}/shared"
    assert json.loads(printed.out)["history"] == team_history.database.name == expected
    assert main(["environment"]) == 0
    said = printed.out + printed.err + out.readouterr().out
    assert PASSWORD not in said
    assert WRITTEN_PASSWORD not in said


@pytest.mark.parametrize("lacks", ["server", "driver", "form"])
def test_a_history_that_cannot_be_used_is_told_and_exits_1(
    out: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"postgresql://ana:hidden@127.0.0.1:{port}/lab"
    monkeypatch.setenv(DATABASE_VARIABLE, "ana:hidden@lab" if lacks == "form" else address)
    if lacks == "driver":
        monkeypatch.setitem(sys.modules, "core.results.databases.postgres", None)
    expected = {"server": "refused", "driver": "requirements-postgres", "form": DATABASE_VARIABLE}
    assert main(["history"]) == 1
    printed = out.readouterr()
    assert expected[lacks] in printed.err
    assert "hidden" not in printed.err + printed.out
    assert "Traceback" not in printed.err
