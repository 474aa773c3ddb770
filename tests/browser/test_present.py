"""Present in a real browser: the amount, the link, the report without a network, and print."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.results.history import History
from tests.browser.chromium import open_page, wait_until_settled
from tests.browser.server import ROOT, Server, serve
from tests.browser.test_explore import set_number
from tests.samples import a_result, a_spec

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
DRAWN = "html[data-drawn=yes]"


@pytest.fixture
def dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A dashboard whose history has a baseline and a faster run."""
    folder = tmp_path / "dashboard"
    monkeypatch.setenv("TRADEOFFS_HOME", str(folder / "home"))
    history = History()
    history.finish(a_result("run-fp32", a_spec(), e2e_s=2.0))
    history.finish(a_result("run-fp16", a_spec(precision="fp16"), e2e_s=1.0, minute=1))
    with serve(ROOT / "app.py", folder) as server:
        yield server


@pytest.fixture
def offline(browser: Browser) -> Iterator[BrowserContext]:
    """A profile without any network."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    context.route("http*://**", lambda route: route.abort())
    try:
        yield context
    finally:
        context.close()


def downloaded(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.locator(".st-key-present_report button").first.click()
    file = folder / "report.html"
    download.value.save_as(file)
    return file


def amount(page: Page) -> Any:
    return expect(page.locator(".st-key-present_number h2"))


def test_from_the_amount_to_a_report_that_needs_no_network(
    page: Page, offline: BrowserContext, dashboard: Server, tmp_path: Path
) -> None:
    open_page(page, f"{dashboard.url}/present")
    amount(page).to_have_text("$28.00")
    page.get_by_text("What is compared, price, and how machines are paid").click()
    set_number(page, "present_requests", 5_000_000)
    wait_until_settled(page)
    amount(page).to_have_text("$140")
    page.wait_for_url("**/present?*requests=5000000*")

    other = offline.new_page()
    asked, said = listened(other)
    other.goto(downloaded(page, tmp_path).as_uri())
    other.locator(DRAWN).wait_for(state="attached")
    expect(other.locator(".figure-text")).to_have_text("$140")
    plots = other.locator(".js-plotly-plot")
    assert plots.count() >= 5
    other.locator("#plot-0").scroll_into_view_if_needed()
    box = other.locator("#plot-0 .bars .point").first.bounding_box()
    assert box is not None
    other.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(other.locator("#plot-0 .hovertext")).to_be_visible()
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:"))] == []
    assert said == []


def test_the_link_shows_the_same_elsewhere(page: Page, browser: Browser, dashboard: Server) -> None:
    url = f"{dashboard.url}/present?from=run-fp16&to=run-fp32&requests=3600000&price=2"
    open_page(page, url)
    amount(page).to_have_text("$2,000 more")
    page.reload()
    wait_until_settled(page)
    amount(page).to_have_text("$2,000 more")
    context = browser.new_context(color_scheme="dark", viewport={"width": 400, "height": 800})
    try:
        narrow = context.new_page()
        open_page(narrow, page.url)
        amount(narrow).to_have_text("$2,000 more")
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 400
    finally:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (400, "dark")])
def test_the_report_is_readable_and_prints_whole_plots(
    offline: BrowserContext, page: Page, dashboard: Server, tmp_path: Path, width: int, scheme: Any
) -> None:
    open_page(page, f"{dashboard.url}/present")
    file = downloaded(page, tmp_path)
    report = offline.new_page()
    report.set_viewport_size({"width": width, "height": 900})
    report.emulate_media(color_scheme=scheme)
    report.goto(file.as_uri())
    report.locator(DRAWN).wait_for(state="attached")
    assert report.evaluate("document.documentElement.scrollWidth") <= width
    widths = report.evaluate(
        "[...document.querySelectorAll('.main-svg')].map(svg => svg.getBoundingClientRect().width)"
    )
    assert max(widths) <= 680  # a page of A4 between its margins
    inks = report.evaluate(
        "[...document.querySelectorAll('.main-svg text:not(.bartext-inside)')]"
        ".filter(text => text.textContent).map(text => getComputedStyle(text).fill)"
    )
    assert set(inks) == {report.evaluate("getComputedStyle(document.body).color")}
    assert report.pdf(prefer_css_page_size=True, print_background=True)[:5] == b"%PDF-"
    report.emulate_media(media="print")
    expect(report.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
    assert report.evaluate("getComputedStyle(document.body).color") == "rgb(28, 39, 51)"
    assert report.screenshot(full_page=True)[:4] == b"\x89PNG"


def test_each_plot_of_the_report_is_saved_as_a_png(
    offline: BrowserContext, page: Page, dashboard: Server, tmp_path: Path
) -> None:
    open_page(page, f"{dashboard.url}/present")
    file = downloaded(page, tmp_path)
    report = offline.new_page()
    report.goto(file.as_uri())
    report.locator(DRAWN).wait_for(state="attached")
    plot = report.locator(".plot").first
    plot.hover()
    with report.expect_download() as saving:
        plot.locator("[data-title*='png' i]").click()
    assert saving.value.path().read_bytes()[:4] == b"\x89PNG"


def listened(page: Page) -> tuple[list[str], list[str]]:
    """What a page asks for from now on, and what its console and its errors say."""
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return asked, said
