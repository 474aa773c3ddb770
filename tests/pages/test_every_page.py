"""What holds for every page: it runs by itself and through app.py, and says what is wrong."""

import ast
import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from tests.pages.conftest import FAULT, ROOT, OpenPage, is_open, texts
from tests.samples import a_failure, a_result, a_spec

PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("*.py")))
TITLES = {name: name.capitalize() for name in PAGES}


@pytest.fixture
def app(jobs: JobManager) -> Callable[[], AppTest]:  # noqa: ARG001 - the pages find it
    """Open the dashboard as a fresh server does, in a new session."""

    def opened() -> AppTest:
        return AppTest.from_file(str(ROOT / "app.py"), default_timeout=20).run()

    return opened


def whole(page: AppTest) -> bool:
    return not page.exception and FAULT not in texts(page)


def test_every_page_stands_in_the_navigation() -> None:
    listed = re.findall(r'st\.Page\("pages/(\w+)\.py"', (ROOT / "app.py").read_text("utf-8"))
    assert len(PAGES) > 5
    assert sorted(listed) == list(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_begins_with_its_start(name: str) -> None:
    """The first statement after imports and definitions, so that nothing is drawn before it."""
    tree = ast.parse((ROOT / "pages" / f"{name}.py").read_text(encoding="utf-8"))
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Assign)
    first = next(node for node in tree.body[1:] if not isinstance(node, kept))
    assert ast.unparse(first).startswith("start_page(")


@pytest.mark.parametrize("name", PAGES)
def test_each_page_runs_by_itself(open_page: OpenPage, name: str) -> None:
    assert [title.value for title in open_page(name).title] == [TITLES[name]]


def test_the_dashboard_opens_with_explore(app: Callable[[], AppTest]) -> None:
    page = app()
    assert whole(page)
    assert page.title[0].value == "Explore"


@pytest.mark.parametrize("name", PAGES)
def test_each_page_runs_through_the_app(app: Callable[[], AppTest], name: str) -> None:
    page = app().switch_page(f"pages/{name}.py").run()
    assert whole(page)
    assert [title.value for title in page.title] == [TITLES[name]]


@pytest.mark.parametrize("name", PAGES)
def test_each_page_runs_with_results_and_failures_in_the_history(
    app: Callable[[], AppTest], jobs: JobManager, name: str
) -> None:
    jobs.history.finish(a_result("run-1"))
    jobs.history.finish(a_failure("run-2", minute=1))
    assert whole(app().switch_page(f"pages/{name}.py").run())


OFFERING = (
    "explore",
    "sweep",
    "compare",
    "decide",
    "present",
    "batching",
    "claims",
    "history",
    "methodology",
)


@pytest.mark.parametrize("name", OFFERING)
def test_an_empty_history_offers_the_guide_and_the_sample(
    app: Callable[[], AppTest], jobs: JobManager, name: str
) -> None:
    page = app().switch_page(f"pages/{name}.py").run()
    assert whole(page)
    assert "Guided first run" in {link.proto.label for link in page.get("page_link")}
    assert page.button(key="look_at_sample").label == "Look at sample data"
    jobs.history.finish(a_result("run-1"))
    assert "Guided first run" not in {link.proto.label for link in page.run().get("page_link")}


def test_what_a_person_set_and_follows_is_still_there_after_another_page(
    app: Callable[[], AppTest], jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1"))
    page = app()
    page.button(key="precision_nf4").click().run()
    page.number_input(key="batch_size").set_value(3).run()
    page.text_area(key="prompt").set_value("Once upon a time").run()
    page.button(key="run").click().run()
    run_id = page.query_params["job"]
    jobs.wait(run_id)
    page.switch_page("pages/methodology.py").run()
    page.switch_page("pages/history.py").run()
    page.switch_page("pages/explore.py").run()
    assert whole(page)
    assert page.session_state["precision"] == "nf4"
    assert page.number_input(key="batch_size").value == 3
    assert page.text_area(key="prompt").value == "Once upon a time"
    assert run_id in texts(page)
    assert page.metric


@pytest.mark.parametrize("name", ["explore", "history"])
def test_a_file_that_is_no_history_is_told_and_nothing_breaks(
    open_page: OpenPage, jobs: JobManager, name: str
) -> None:
    file = jobs.history.database.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"no database, and long enough to be told from one" * 100)
    assert "not a database" in texts(open_page(name))


@pytest.mark.parametrize(("name", "key"), [("explore", "job"), ("history", "run")])
@pytest.mark.parametrize("value", ["../../etc/passwd", "![x](http://a.b/c.png)"])
def test_a_link_to_anything_is_text_and_no_more(
    open_page: OpenPage, name: str, key: str, value: str
) -> None:
    page = open_page(name, **{key: value})
    assert f"There is no run {value}" in texts(page)
    assert not any("![x](" in part.value for part in (*page.warning, *page.caption))


def test_a_link_to_a_run_of_a_gpu_opens_on_a_machine_without_one(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1", a_spec(device="cuda:0", precision="bf16")))
    page = open_page("explore", job="run-1")
    assert "End-to-end" in {card.label for card in page.metric}
    for _ in range(2):
        assert page.selectbox(key="device").value == "cuda:0"
        assert "there is no such device. Valid: cpu" in texts(page)
        assert is_open(page, "More settings")
        assert page.button(key="run").disabled
        page.run()
    page.selectbox(key="device").set_value("cpu").run()
    assert not page.button(key="run").disabled
