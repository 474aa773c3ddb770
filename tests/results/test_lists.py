"""The list of runs is filtered, searched and counted as a person would: compared with a plain loop.

The loop is how lists were searched before the database did it.
"""

from collections.abc import Iterator

import pytest

from core.results.history import History
from core.results.queries import EVERY_RUN, Wanted
from core.results.stored import RunRow
from tests.postgres_server import PostgresServer
from tests.results.conftest import sql
from tests.sample_histories import fill
from tests.samples import DAWN, a_failure, a_result, a_spec

TEXTS = (
    "run_id", "status", "model", "weights", "precision", "attention", "compile", "kv_cache",
    "device", "prompt", "message", "note",
)  # fmt: skip


def in_a_loop(rows: list[RunRow], wanted: Wanted) -> list[str]:
    def searched(row: RunRow) -> str:
        return " ".join([*(str(getattr(row, name)) for name in TEXTS), *row.tags]).casefold()

    return [
        row.run_id
        for row in rows
        if all(not v or str(getattr(row, name)) in v for name, v in wanted.values.items())
        and all(word in searched(row) for word in wanted.text.casefold().split())
    ]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def many(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    if request.param == "sqlite":
        yield filled(History(tmp_path_factory.mktemp("many") / "history.sqlite3"))
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        yield filled(History(server.create("many")))
        server.execute("DROP DATABASE many WITH (FORCE)")


def filled(history: History) -> History:
    fill(history, 600, distinct=120)
    history.annotate("synthetic-000003", "STRASSE 100% sure, a_b")
    history.tag(["synthetic-000004", "synthetic-000005"], ['say "so"', "Straße"])
    return history


@pytest.mark.parametrize(
    "wanted",
    [
        EVERY_RUN,
        Wanted("GRÖSSE"),
        Wanted("größe demo nf4"),
        Wanted("strasse"),
        Wanted("straße"),
        Wanted("100%"),
        Wanted("%"),
        Wanted("a_b"),
        Wanted("_"),
        Wanted('"so"'),
        Wanted("done"),
        Wanted("out_of_memory ended:"),
        Wanted("synthetic-00012"),
        Wanted("a\0b"),
        Wanted("nowhere"),
        Wanted("' OR 1=1 --"),
        Wanted("whole", {"precision": ["nf4", "fp4"], "status": ["done"], "model": []}),
        Wanted("", {"attention": ["flex_attention"]}),
    ],
)
def test_a_search_finds_what_a_loop_over_all_rows_finds(many: History, wanted: Wanted) -> None:
    expected = in_a_loop(many.rows(), wanted)
    assert many.ids(wanted) == expected
    assert many.count(wanted) == len(expected)
    pages = [many.page(wanted, 250, offset) for offset in (0, 250, 500)]
    assert [row.run_id for page in pages for row in page] == expected


def test_a_page_has_the_lines_of_the_whole_list(many: History) -> None:
    assert many.page(EVERY_RUN, 7, 40) == many.rows()[40:47]
    assert many.page(EVERY_RUN, 7, 600) == []
    assert [*many.lines(many.ids(), size=70)] == many.rows()


def test_choices_are_the_values_that_there_are(history: History) -> None:
    history.finish(a_result("run-1", a_spec(precision="nf4")))
    history.finish(a_failure("run-2", a_spec(precision="bf16")))
    assert history.choices()["precision"] == ["bf16", "nf4"]
    assert history.choices()["status"] == ["done", "error"]
    history.delete(["run-2"])
    assert history.choices()["precision"] == ["nf4"]


def test_a_search_follows_a_run_through_its_life(history: History) -> None:
    history.add("run-1", a_spec(prompt="Ein Anfang"), DAWN)

    def found(text: str) -> bool:
        return history.ids(Wanted(text)) == ["run-1"]

    assert found("ANFANG queued")
    history.finish(a_failure("run-1", a_spec(prompt="Ein Anfang"), message="Zu groß."))
    assert found("anfang error GROSS")
    assert not found("queued")
    history.tag(["run-1"], ["Müde"])
    history.annotate("run-1", "on battery")
    assert found("müde BATTERY")
    history.tag(["run-1"], [])
    assert not found("müde")


def test_lines_that_lack_a_metric_get_it_on_their_page(history: History) -> None:
    for minute in range(3):
        history.finish(a_result(f"run-{minute}", minute=minute))
    expected = history.rows()
    sql(history, "UPDATE runs SET metrics = '{}'")
    assert history.page(EVERY_RUN, 2) == expected[:2]


def test_runs_come_in_parts_with_the_damaged_ones_named(history: History) -> None:
    for minute in range(5):
        history.finish(a_result(f"run-{minute}", minute=minute))
    sql(history, "UPDATE runs SET outcome = '{' WHERE run_id = 'run-3'")
    parts = [*history.in_parts(history.ids(), size=2)]
    assert [[run.run_id for run in part.runs] for part in parts] == [
        ["run-4"], ["run-2", "run-1"], ["run-0"]
    ]  # fmt: skip
    assert [part.damaged for part in parts] == [("run-3",), (), ()]
