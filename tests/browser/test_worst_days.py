"""What may go wrong between a browser and the dashboard: two people at once, a killed worker, a
server that ends in the middle of a run, a link as the very first thing that a server sees.
"""

import os
import re
import signal
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_page
from tests.browser.server import ROOT, Server, serve
from tests.browser.test_explore import RUN_MS, set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WORKER = "core.engine.worker"
LONG, SHORT = 1500, 4


def start_run(page: Page, url: str, new_tokens: int) -> None:
    open_page(page, url)
    set_number(page, "max_new_tokens", new_tokens)
    page.locator(".st-key-run button").first.click()
    page.wait_for_url(re.compile(r"[?&]job="))


def workers_of(server: Server) -> list[psutil.Process]:
    family = psutil.Process(server.pid).children(recursive=True)
    return [process for process in family if WORKER in process.cmdline()]


def test_two_people_at_once_wait_for_each_other(
    page: Page, browser: Browser, dashboard: Server
) -> None:
    """The second waits at place 2, behind the run that goes on, and has its turn once that one is
    killed.
    """
    start_run(page, dashboard.url, LONG)
    expect(page.get_by_text("Warming up ·")).to_be_visible(timeout=RUN_MS)
    context = browser.new_context()
    try:
        other = context.new_page()
        start_run(other, dashboard.url, SHORT)
        expect(other.get_by_text("Queued at place 2")).to_be_visible()
        (worker,) = workers_of(dashboard)
        worker.send_signal(signal.SIGKILL)
        expect(page.get_by_text("SIGKILL")).to_be_visible(timeout=RUN_MS)
        expect(other.locator(".st-key-pin_baseline button").first).to_be_visible(timeout=RUN_MS)
    finally:
        context.close()


def test_a_server_that_was_killed_leaves_a_run_that_its_next_one_calls_lost(
    page: Page, folder: Path
) -> None:
    with serve(ROOT / "app.py", folder) as first:
        start_run(page, first.url, LONG)
        expect(page.get_by_text("Warming up ·")).to_be_visible(timeout=RUN_MS)
        job = page.url.removeprefix(first.url)
        left = workers_of(first)
        os.kill(first.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(left, timeout=5)
        assert alive == []
    with serve(ROOT / "app.py", folder) as second:
        open_page(page, second.url + job)
        expect(page.get_by_text("lost", exact=False).first).to_be_visible()
        page.locator(".st-key-run button").first.click()
        expect(page.locator(".st-key-cancel button").first).to_be_visible()


@pytest.mark.parametrize("path", ["batching", "decide", "history?run=unknown", "methodology"])
def test_a_link_is_the_first_thing_that_a_server_sees(
    page: Page, tmp_path: Path, path: str
) -> None:
    with serve(ROOT / "app.py", tmp_path) as server:
        open_page(page, f"{server.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile(path.partition("?")[0], re.IGNORECASE)
        )
        expect(page.get_by_role("link", name="Explore")).to_be_visible()
        assert page.url == f"{server.url}/{path}"
