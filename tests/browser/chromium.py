"""The system's Chromium, driven by Playwright, and how to tell that a page has settled."""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextlib.contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A headless browser; closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


def wait_until_settled(page: Page, timeout_s: float = 30.0) -> None:
    """Wait until the page's script has run to its end.

    Raises Playwright's TimeoutError when it has not after `timeout_s`.
    """
    page.locator(SETTLED).wait_for(timeout=timeout_s * 1000)


def open_page(page: Page, url: str) -> None:
    """Go to an address and wait until its script has run."""
    page.goto(url)
    wait_until_settled(page)


def type_in(page: Page, key: str, text: str) -> None:
    """Fill a field and hand it over, and wait until the page has taken it."""
    field = page.locator(f".st-key-{key} input")
    field.fill(text)
    field.press("Enter")
    wait_until_settled(page)
