"""Hand movements of a person in the browser, each with the answer that must stand there then."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

Act = Callable[[Page], object]
ROW_PIXELS, HEADER_PIXELS, TICK_PIXELS = 35, 35, 18
ACT_MS, SEEN_MS, DOUBLE_CLICK_MS = 4000.0, 1000.0, 400.0


@dataclass(frozen=True)
class Move:
    """Something done by hand, and how to see that it worked: `seen` raises where it did not."""

    act: Act
    seen: Act


def address(*parts: str) -> Act:
    """The URL has these parts."""

    def seen(page: Page) -> None:
        for part in parts:
            expect(page).to_have_url(re.compile(re.escape(part)), timeout=SEEN_MS)

    return seen


def bare(*parts: str) -> Act:
    """The URL has none of these parts."""

    def seen(page: Page) -> None:
        for part in parts:
            expect(page).not_to_have_url(re.compile(re.escape(part)), timeout=SEEN_MS)

    return seen


def says(text: str, within: str = "[data-testid=stMain]") -> Act:
    """That text stands in sight, in the page or in a part of it."""
    return lambda page: expect(
        page.locator(within).get_by_text(text).filter(visible=True).first
    ).to_be_visible(timeout=SEEN_MS)


def there(selector: str) -> Act:
    """Something that this selector names is in sight."""
    return lambda page: expect(page.locator(selector).filter(visible=True).first).to_be_visible(
        timeout=SEEN_MS
    )


def press(key: str) -> Act:
    """Press the button of that key."""
    return lambda page: page.locator(f".st-key-{key} button").first.click(timeout=ACT_MS)


def press_text(key: str, text: str) -> Act:
    """Press that button of a row of several, or that box to tick."""
    return lambda page: (
        page.locator(f".st-key-{key}").get_by_text(text, exact=True).first.click(timeout=ACT_MS)
    )


def tick(key: str) -> Act:
    """Switch a box or a toggle."""
    return lambda page: page.locator(f".st-key-{key} label").first.click(timeout=ACT_MS)


def type_in(key: str, text: str) -> Act:
    """Type into a field and press Enter."""

    def act(page: Page) -> None:
        field = page.locator(f".st-key-{key} :is(input, textarea)").first
        field.fill(text, timeout=ACT_MS)
        field.press("Enter" if field.evaluate("e => e.tagName") == "INPUT" else "Control+Enter")

    return act


def pick(key: str, option: str) -> Act:
    """Choose an option of a menu, by some of its words."""

    def act(page: Page) -> None:
        field = page.locator(f".st-key-{key} input").first
        field.click(timeout=ACT_MS)
        field.press_sequentially(option)
        page.get_by_role("option").filter(has_text=option).first.click(timeout=ACT_MS)

    return act


def clear(key: str) -> Act:
    """Take the last choice out of a menu of several."""

    def act(page: Page) -> None:
        field = page.locator(f".st-key-{key} input").first
        field.click(timeout=ACT_MS)
        field.press("Backspace")

    return act


def slide(key: str, way: str) -> Act:
    """Move a slider by one step."""
    return lambda page: page.locator(f".st-key-{key} input").first.press(
        f"Arrow{way}", timeout=ACT_MS
    )


def tab(label: str) -> Move:
    """Open a tab."""

    def of(page: Page) -> Locator:
        return page.get_by_role("tab", name=label, exact=True).first

    return Move(
        lambda page: of(page).click(timeout=ACT_MS),
        lambda page: expect(of(page)).to_have_attribute("aria-selected", "true", timeout=SEEN_MS),
    )


def unfold(label: str) -> Act:
    """Open or close a box."""
    return lambda page: page.locator("summary").filter(has_text=label).first.click(timeout=ACT_MS)


def row(number: int, key: str = "history_table") -> Act:
    """Select a row of a table, or take the selection back."""

    def act(page: Page) -> None:
        table = page.locator(f"[class*=st-key-{key}] [data-testid=stDataFrame]").first
        table.scroll_into_view_if_needed(timeout=ACT_MS)
        box = table.bounding_box()
        assert box is not None
        down = HEADER_PIXELS + ROW_PIXELS * number + ROW_PIXELS / 2
        page.mouse.click(box["x"] + TICK_PIXELS, box["y"] + down)

    return act


def point(key: str, number: int) -> Act:
    """Click a point of a plot; soon after another click it would be a double one."""

    def act(page: Page) -> None:
        page.wait_for_timeout(DOUBLE_CLICK_MS)
        found = page.locator(f".st-key-{key} .scatterlayer .points path").nth(number)
        found.click(force=True, timeout=ACT_MS)

    return act


def page_link(title: str) -> Move:
    """Go to another page, whose heading stands then."""
    return Move(
        lambda page: (
            page.get_by_test_id("stTopNavLink")
            .filter(has_text=title)
            .first.click(timeout=ACT_MS)
        ),
        lambda page: expect(page.locator("h1").first).to_have_text(title, timeout=SEEN_MS),
    )  # fmt: skip


def page_of_table(number: str) -> Act:
    """Turn to that page of a long table."""
    return lambda page: (
        page.get_by_test_id("stPagination")
        .get_by_text(number, exact=True)
        .first.click(timeout=ACT_MS)
    )


def back(page: Page) -> None:
    """The browser's own Back."""
    page.go_back(timeout=ACT_MS)
