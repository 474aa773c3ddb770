"""Login by OpenID Connect in a real browser, against a provider that runs here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import ROOT, Server, free_port, serve
from tests.oidc_provider import Provider, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ACCOUNTS = {
    "Ana": {"email": "Ana@lab.example", "email_verified": True, "name": "Ana"},
    "Eve": {"email": "eve@lab.example.evil.example", "email_verified": True},
    "Bob": {"email": "bob@lab.example", "email_verified": False},
}
ADMISSION = '[admission]\ndomains = ["lab.example"]\n'
REFUSALS = {"Eve": "not on the list", "Bob": "did not say that this e-mail address is verified"}
MAIN = "[data-testid=stMain]"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running(ACCOUNTS) as provider:
        yield provider


@pytest.fixture(scope="module")
def guarded(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard that asks for login."""
    folder, port = tmp_path_factory.mktemp("guarded"), free_port()
    secrets = folder / "secrets.toml"
    secrets.write_text(provider.secrets_toml(f"http://127.0.0.1:{port}", ADMISSION))
    with serve(ROOT / "app.py", folder, f"--secrets.files={secrets}", port=port) as server:
        yield server


def log_in(page: Page, account: str) -> None:
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=account).click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible(timeout=20_000)
    wait_until_settled(page)


def test_a_link_asks_for_login_and_then_shows_what_it_links_to(
    guarded: Server, page: Page, provider: Provider
) -> None:
    page.goto(f"{guarded.url}/history?search=abc")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)
    wait_until_settled(page)
    assert page.locator(MAIN).get_by_role("button").all_inner_texts() == ["login\n\nLog in"]
    log_in(page, "Ana")
    expect(page.get_by_role("heading", name="History")).to_be_visible(timeout=20_000)
    assert page.url.startswith(f"{guarded.url}/history?search=abc")
    expect(page.get_by_text("Logged in as Ana@lab.example")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)
    assert provider.logged_out == 1
    open_page(page, f"{guarded.url}/sweep")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize("account", REFUSALS)
def test_an_account_that_is_not_admitted_can_only_log_out(
    guarded: Server, page: Page, account: str
) -> None:
    open_page(page, guarded.url)
    log_in(page, account)
    expect(page.get_by_role("heading", name="Not admitted")).to_be_visible()
    expect(page.get_by_text(REFUSALS[account])).to_be_visible()
    assert page.locator(MAIN).get_by_role("button").all_inner_texts() == ["logout\n\nLog out"]
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)


def test_no_data_folder_is_made_before_anybody_logged_in(
    provider: Provider, page: Page, tmp_path: Path
) -> None:
    port = free_port()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(provider.secrets_toml(f"http://127.0.0.1:{port}"))
    with serve(ROOT / "app.py", tmp_path, f"--secrets.files={secrets}", port=port) as server:
        open_page(page, f"{server.url}/history")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert not server.home.exists()
