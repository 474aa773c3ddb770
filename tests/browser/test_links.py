"""Links in a real browser: seen elsewhere, on a fresh server, back and forward, quick changes."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import ROOT, Server, serve
from tests.browser.test_explore import choose, set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def address(page: Page, base: str, part: str) -> str:
    """The page's address after that server's, once it has such a part."""
    page.wait_for_url(f"**{part}**")
    return page.url.removeprefix(base)


def test_a_view_is_the_same_in_another_browser_and_on_a_fresh_server(
    page: Page, browser: Browser, dashboard: Server, tmp_path: Path
) -> None:
    open_page(page, dashboard.url)
    choose(page, "precision_bf16")
    set_number(page, "batch_size", 3)
    page.locator(".st-key-prompt textarea").fill("Ein Satz & mehr: 100 %")
    page.locator(".st-key-prompt textarea").press("Control+Enter")
    link = address(page, dashboard.url, "prompt=")
    said = page.get_by_text("smollm2-135m · bf16").first.inner_text()

    with serve(ROOT / "app.py", tmp_path / "elsewhere") as fresh:
        for server in (dashboard, fresh):
            context = browser.new_context()
            other = context.new_page()
            open_page(other, server.url + link)
            expect(other.get_by_text("smollm2-135m · bf16").first).to_have_text(said)
            bf16 = other.locator(".st-key-precision_bf16 button").first
            expect(bf16).to_have_attribute("kind", "primary")
            expect(other.locator(".st-key-batch_size input")).to_have_value("3")
            prompt = other.locator(".st-key-prompt textarea")
            expect(prompt).to_have_value("Ein Satz & mehr: 100 %")
            assert other.url == server.url + link
            context.close()


def test_deep_links_open_their_page_on_a_fresh_server(page: Page, tmp_path: Path) -> None:
    link = "/sweep?precision=fp32,bf16&batch_size=1,4&sample=1"
    with serve(ROOT / "app.py", tmp_path) as fresh:
        open_page(page, fresh.url + link)
        expect(page.get_by_text("4 cells:")).to_be_visible()
        expect(page.locator(".st-key-grid_batch_size input")).to_have_value("1,4")
        page.get_by_role("link", name="History").click()
        page.wait_for_url("**/history?sample=1")


def test_back_undoes_and_forward_does_again(page: Page, dashboard: Server) -> None:
    open_page(page, dashboard.url)
    set_number(page, "batch_size", 2)
    page.wait_for_url("**batch_size=2")
    set_number(page, "batch_size", 3)
    page.wait_for_url("**batch_size=3")
    for step, shown in ((page.go_back, "2"), (page.go_back, "1"), (page.go_forward, "2")):
        step()
        expect(page.locator(".st-key-batch_size input")).to_have_value(shown)
        wait_until_settled(page)


def test_back_to_a_default_tells_the_control_too(page: Page, dashboard: Server) -> None:
    """Else it would send what was undone with the next change."""
    open_page(page, f"{dashboard.url}/present?sample=1")
    page.locator("summary").filter(has_text="What is compared").click()
    price = page.locator(".st-key-price_per_hour_cpu input")
    usual = price.input_value()
    price.fill("2")
    price.press("Enter")
    page.wait_for_url("**price=2%40cpu*")
    wait_until_settled(page)
    page.go_back()
    expect(price).to_have_value(usual)
    wait_until_settled(page)
    requests = page.locator(".st-key-present_requests input")
    requests.fill("2000000")
    requests.press("Enter")
    page.wait_for_url("**requests=2000000*")
    wait_until_settled(page)
    assert "price=" not in page.url


def test_quick_changes_are_all_kept(page: Page, dashboard: Server) -> None:
    """The later ones reach the server with a URL that does not know of the earlier ones yet."""
    open_page(page, dashboard.url)
    numbers = (("batch_size", "2"), ("max_new_tokens", "16"), ("repeats", "7"))
    for key, number in numbers:
        field = page.locator(f".st-key-{key} input")
        field.fill(number)
        field.press("Tab")
    page.wait_for_url("**batch_size=2&max_new_tokens=16&repeats=7")
    wait_until_settled(page)
    for key, number in numbers:
        expect(page.locator(f".st-key-{key} input")).to_have_value(number)
