"""Every page over a history in PostgreSQL, and with its server gone."""

import pytest

from core.home import DATABASE_VARIABLE
from core.results.history import History
from core.variants.environment import node_name
from pages.widgets import state
from tests.pages.conftest import OpenPage, texts
from tests.samples import a_result, a_spec

PAGES = ("explore", "sweep", "compare", "decide", "claims", "history")


@pytest.fixture
def filled(team_history: History) -> History:
    for minute, precision in enumerate(("fp32", "nf4")):
        team_history.finish(a_result(f"run-{minute}", a_spec(precision=precision), minute=minute))
    return team_history


@pytest.fixture
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://ana:hidden@127.0.0.1:1/lab")


@pytest.mark.parametrize("name", PAGES)
def test_each_page_reads_what_the_team_measured(
    filled: History, open_page: OpenPage, name: str
) -> None:
    page = open_page(name)
    assert state.manager().history.database.name == filled.database.name
    assert "cannot be used now" not in texts(page)
    if name == "history":
        assert [*page.dataframe[0].value["host_name"]] == [node_name()] * 2


@pytest.mark.usefixtures("nobody_there")
@pytest.mark.parametrize("name", PAGES)
def test_each_page_tells_that_the_server_is_gone_and_no_password(
    open_page: OpenPage, name: str
) -> None:
    said = texts(open_page(name))
    assert "refused" in said
    assert "hidden" not in said
