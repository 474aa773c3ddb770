"""Hand movements of a person in the browser: press, type, pick, slide, open a tab, select a row."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

Move = Callable[[Page], None]
ROW_PIXELS, HEADER_PIXELS, TICK_PIXELS = 35, 35, 18


def press(key: str) -> Move:
    """Press the button of that key."""
    return lambda page: page.locator(f".st-key-{key} button").first.click()


def press_text(key: str, text: str) -> Move:
    """Press that button of a row of several, or that box to tick."""
    return lambda page: page.locator(f".st-key-{key}").get_by_text(text, exact=True).first.click()


def tick(key: str) -> Move:
    """Switch a box or a toggle."""
    return lambda page: page.locator(f".st-key-{key} label").first.click()


def type_in(key: str, text: str) -> Move:
    """Type into a field and press Enter."""

    def move(page: Page) -> None:
        field = page.locator(f".st-key-{key} :is(input, textarea)").first
        field.fill(text)
        field.press("Enter" if field.evaluate("e => e.tagName") == "INPUT" else "Control+Enter")

    return move


def pick(key: str, option: str) -> Move:
    """Choose an option of a menu, by the beginning of its words."""

    def move(page: Page) -> None:
        field = page.locator(f".st-key-{key} input").first
        field.click()
        field.press_sequentially(option)
        page.get_by_role("option").first.wait_for()
        field.press("Enter")

    return move


def clear(key: str) -> Move:
    """Take the last choice out of a menu of several."""

    def move(page: Page) -> None:
        field = page.locator(f".st-key-{key} input").first
        field.click()
        field.press("Backspace")

    return move


def slide(key: str, way: str) -> Move:
    """Move a slider by one step."""
    return lambda page: page.locator(f".st-key-{key} [role=slider]").first.press(f"Arrow{way}")


def tab(label: str) -> Move:
    """Open a tab."""
    return lambda page: page.get_by_role("tab", name=label, exact=True).first.click()


def unfold(label: str) -> Move:
    """Open or close a box."""
    return lambda page: page.locator("summary").filter(has_text=label).first.click()


def row(number: int, key: str = "history_table") -> Move:
    """Select a row of a table, or take the selection back."""

    def move(page: Page) -> None:
        table = page.locator(f"[class*=st-key-{key}] [data-testid=stDataFrame]").first
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        assert box is not None
        down = HEADER_PIXELS + ROW_PIXELS * number + ROW_PIXELS / 2
        page.mouse.click(box["x"] + TICK_PIXELS, box["y"] + down)

    return move


def point(key: str) -> Move:
    """Click a point of a plot."""
    return lambda page: _a_point(page, key).click(force=True)


def _a_point(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} .scatterlayer .points path").first


def page_link(title: str) -> Move:
    """Go to another page."""
    return lambda page: page.get_by_test_id("stTopNavLink").filter(has_text=title).first.click()
