"""Each page asks for login before it draws or asks anything, where secrets.toml says so."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from pages.widgets import state
from pages.widgets.login import gate
from tests.pages.conftest import ROOT, texts
from tests.pages.wording import unexplained

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SHARED = """[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
"""
CLIENT = """client_id = "lab"
client_secret = "secret"
server_metadata_url = "http://localhost:1/.well-known/openid-configuration"
"""
AUTH = SHARED + CLIENT
ANA = {"is_logged_in": True, "email": "ana@lab.example", "email_verified": True}
Open = Callable[..., AppTest]


@pytest.fixture
def opened(jobs: JobManager, tmp_path: Path) -> Iterator[Open]:  # noqa: ARG001
    """Open a page with this secrets.toml as this account."""
    file = tmp_path / "secrets.toml"
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(file)])

    def run(secrets: str, user: Mapping[str, Any], name: str = "history") -> AppTest:
        file.write_text(secrets)
        secrets_singleton._reset()
        page = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=20)
        page.user = dict(user)
        return page.run()

    yield run
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


@pytest.mark.parametrize("name", PAGES)
def test_before_login_no_page_draws_or_asks_anything(
    opened: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def never() -> None:
        raise AssertionError("the page asked before login")

    for asking in ("make_manager", "read_environment", "start_controls"):
        monkeypatch.setattr(state, asking, never)
    page = opened(AUTH, {}, name)
    assert not page.exception
    assert [title.value for title in page.title] == ["Log in"]
    assert [button.label for button in page.button] == ["Log in"]


def test_what_stands_around_the_pages_waits_for_login_too(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh session through app.py, in every mode that says something above the pages."""
    opened(AUTH, {})  # writes the file of secrets
    monkeypatch.setenv("TRADEOFFS_READ_ONLY", "1")
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
    page.query_params["sample"] = "1"
    page.run()
    assert not page.exception
    kinds = [element.type for element in page.main]
    assert kinds == ["main", "title", "caption", "button", "html"]


def test_what_stands_around_the_pages_knows_who_is_let_in(opened: Open) -> None:
    for secrets, user, let_in in (
        ("", {}, True),
        (AUTH, {}, False),
        (AUTH, ANA, True),
        (AUTH + '[admission]\ndomains = ["team.example"]', ANA, False),
        ("[auth", ANA, False),
    ):
        opened(secrets, user)
        with_user = AppTest.from_function(told)
        with_user.user = dict(user)
        assert with_user.run().text[-1].value == str(let_in), secrets


def told() -> None:
    """A page of its own that says whether its session is let in."""
    import streamlit

    from pages.widgets.login.gate import is_let_in

    streamlit.text(str(is_let_in()))


@pytest.mark.parametrize("flag", [None, False, "true", 1])
def test_only_true_is_logged_in(opened: Open, flag: object) -> None:
    page = opened(AUTH, {**ANA, "is_logged_in": flag})
    assert [title.value for title in page.title] == ["Log in"]


def test_after_login_the_page_says_who_is_there(opened: Open) -> None:
    page = opened(AUTH, {**ANA, "email": "*a*@lab.example"})
    assert [title.value for title in page.title] == ["History"]
    assert "Logged in as *a*@lab.example" in [text.value for text in page.text]
    assert "Log out" in [button.label for button in page.button]
    assert not [complaint for complaint in unexplained(page) if "Log" in complaint]


def test_each_provider_has_a_button(opened: Open) -> None:
    page = opened(f"{SHARED}[auth.one]\n{CLIENT}[auth.two]\n{CLIENT}", {})
    assert [button.label for button in page.button] == ["Log in with one", "Log in with two"]


def test_an_account_that_is_not_admitted_sees_nothing_else(opened: Open) -> None:
    page = opened(AUTH + '[admission]\ndomains = ["team.example"]', ANA)
    assert [title.value for title in page.title] == ["Not admitted"]
    assert [button.label for button in page.button] == ["Log out"]


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ("auth = {}", "redirect_uri"),
        (AUTH + "[admission]", "neither emails nor domains"),
        ('[auth]\nredirect_uri = "x"', "cookie_secret"),
        ('auth = "yes"', "is no table"),
        (SHARED, "client_id"),
        ("[auth\nclient_id = ", "Error parsing secrets"),
    ],
)
def test_settings_that_are_wrong_let_nobody_in(opened: Open, secrets: str, words: str) -> None:
    page = opened(secrets, ANA)
    assert [title.value for title in page.title] == ["Login is not set up correctly"]
    assert words in page.code[0].value
    assert not page.button


def test_without_the_package_the_page_says_what_to_install(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "find_spec", lambda _: None)
    page = opened(AUTH, ANA)
    assert "pip install -r requirements-login.txt" in page.code[0].value


def test_without_login_nothing_of_it_is_drawn_or_needed(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "find_spec", lambda _: None)
    page = opened('LAB_API_KEY = "x"', {})
    assert [title.value for title in page.title] == ["History"]
    assert "Logged in" not in texts(page)
