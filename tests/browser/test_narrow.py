"""On a screen of 400 pixels the list of pages is a menu, from which every page is reached."""

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import open_page
from tests.browser.server import Server
from tests.browser.states import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_every_page_is_reached_from_the_menu(page: Page, filled: Server) -> None:
    page.set_viewport_size(NARROW)
    open_page(page, filled.url)
    page.get_by_test_id("stExpandSidebarButton").click()
    menu = page.get_by_test_id("stSidebarNav")
    assert [link.inner_text() for link in menu.get_by_role("link").all()] == [
        "Start", "Explore", "Sweep", "Compare", "Decide", "Present", "Batching", "Claims",
        "History", "Methodology",
    ]  # fmt: skip
    menu.get_by_role("link", name="Methodology").click()
    page.wait_for_url("**/methodology")
