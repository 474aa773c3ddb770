"""What is told of a PostgreSQL database that cannot be used, never with a password."""

from collections.abc import Iterator

import pytest

from core.errors import HistoryError
from core.results.databases.postgres_reasons import reason
from core.results.history import History
from core.results.migrations.postgres import POSTGRES
from tests.postgres_server import PASSWORD, WRITTEN_PASSWORD, PostgresServer
from tests.results.conftest import sql
from tests.samples import a_result


@pytest.fixture
def history(postgres_history: History) -> History:
    return postgres_history


@pytest.fixture
def wrong(postgres: PostgresServer) -> dict[str, str]:
    right = postgres.address()
    return {
        "password": postgres.address(password="wr0ng-word"),
        "user": right.replace("lab:", "nobody:"),
        "database": postgres.address("no_such"),
        "port": right.replace(str(postgres.port), "1"),
        "host": right.replace("127.0.0.1", "no-such-host.invalid"),
        "option": f"{right}?sslmode=perhaps",
    }


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("password", "password authentication failed"),
        ("user", "password authentication failed"),
        ("database", "does not exist"),
        ("port", "refused"),
        ("host", "no-such-host"),
        ("option", "sslmode"),
    ],
)
def test_what_is_wrong_with_the_address_is_told_without_the_password(
    wrong: dict[str, str], part: str, said: str
) -> None:
    with pytest.raises(HistoryError, match=said) as told:
        History(wrong[part]).rows()
    assert "Is the server" not in str(told.value)
    chain: BaseException | None = told.value
    while chain is not None:
        for secret in (PASSWORD, WRITTEN_PASSWORD, "wr0ng-word"):
            assert secret not in f"{chain} {chain!r}"
        chain = chain.__cause__


def test_a_future_version_is_refused_and_not_touched(empty_database: str) -> None:
    History(empty_database).finish(a_result("run-1"))
    history = History(empty_database)
    sql(history, "UPDATE schema_version SET version = 99")
    for _ in range(2):
        with pytest.raises(HistoryError, match="version 99"):
            history.finish(a_result("run-2"))
    sql(history, f"UPDATE schema_version SET version = {len(POSTGRES)}")
    assert [row.run_id for row in history.rows()] == ["run-1"]


def test_another_programs_database_is_refused(empty_database: str) -> None:
    history = History(empty_database)
    sql(history, "CREATE TABLE theirs (x INTEGER)")
    with pytest.raises(HistoryError, match="not a history"):
        history.rows()


@pytest.fixture
def latin(postgres: PostgresServer) -> Iterator[str]:
    options = "ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    yield postgres.create("latin", options)
    postgres.execute("DROP DATABASE latin WITH (FORCE)")


def test_an_encoding_that_cannot_hold_every_text_is_refused(latin: str) -> None:
    with pytest.raises(HistoryError, match="LATIN1"):
        History(latin).rows()


@pytest.fixture
def reader(postgres: PostgresServer, history: History) -> Iterator[str]:
    """The address of somebody who may read and no more."""
    history.finish(a_result("run-1"))
    postgres.execute("CREATE ROLE reader LOGIN PASSWORD 'look'", "shared")
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", "shared")
    yield f"postgresql://reader:look@127.0.0.1:{postgres.port}/shared"
    postgres.execute("DROP OWNED BY reader", "shared")
    postgres.execute("DROP ROLE reader", "shared")


def test_who_may_only_read_can_read_and_is_told(reader: str) -> None:
    history = History(reader)
    assert [row.run_id for row in history.rows()] == ["run-1"]
    assert len(history.candidates(["tpot_s"])) == 1
    with pytest.raises(HistoryError, match="access is denied"):
        history.annotate("run-1", "mine")
    history.database.close()  # type: ignore[attr-defined]


def test_a_reason_hides_what_must_not_be_shown() -> None:
    said = reason(RuntimeError('could not find "hidden word"\n at all.'), ["hidden", "hidden word"])
    assert said == 'could not find "•••" at all'
