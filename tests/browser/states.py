"""The states in which pages are looked at: a history with runs in it, and where to go and what to
open there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from core.results.history import History
from core.variants.models import BUNDLED_KEY
from tests.browser.chromium import open_page, wait_until_settled
from tests.sample_rooflines import a_bounded_result
from tests.samples import a_failure, a_spec

WIDE, NARROW = {"width": 1400, "height": 1000}, {"width": 400, "height": 850}
PRECISIONS = ("fp32", "bf16", "fp16", "int8", "nf4")


@dataclass(frozen=True)
class State:
    """An address, and what is done there before the page is looked at."""

    name: str
    path: str
    act: Callable[[Page], None] | None = None

    def show(self, page: Page, url: str) -> None:
        """Bring the page into this state."""
        open_page(page, f"{url}/{self.path}")
        if self.act is not None:
            self.act(page)
            wait_until_settled(page)


def fill(home: Path, prepared_model: Path) -> None:
    """A data folder with the bundled model and a handful of runs, one of which failed."""
    (home / "models").mkdir(parents=True)
    (home / "models" / BUNDLED_KEY).symlink_to(prepared_model, target_is_directory=True)
    history = History(home / "history.sqlite3")
    for number, precision in enumerate(PRECISIONS):
        spec = a_spec(precision=precision, batch_size=1 + number)
        history.finish(
            a_bounded_result(spec, run_id=f"run-{number}", e2e_s=2.0 + number / 3, minute=number)
        )
    history.finish(a_failure("run-9", minute=9))


def _click(*selectors: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for selector in selectors:
            # What has a help text stands twice in the page, once for touch screens.
            page.locator(f"{selector}:visible").first.click()
            wait_until_settled(page)

    return act


def _tab(name: str) -> State:
    def act(page: Page) -> None:
        page.get_by_role("tab", name=name).click()

    return State(f"a result's {name}", "?job=run-4", act)


BOXES = (
    ".st-key-decoding_box summary",
    ".st-key-own_task summary",
    ".st-key-more_settings summary",
)
EMPTY = tuple(State(name or "explore", name) for name in (
    "", "sweep", "compare", "decide", "batching", "claims", "history", "methodology",
))  # fmt: skip
FILLED = (
    State("a lever's closed choices", "", _click(".st-key-attention_closed button")),
    State("the boxes of Explore", "", _click(*BOXES)),
    State("a result", "?job=run-4"),
    *map(_tab, ("Memory", "Cost", "Quality", "Text", "Settings")),
    State("a failure", "?job=run-9"),
    State("the history", "history"),
    State("a run of the history", "history?run=run-1"),
    State("stored runs compared", "compare?runs=run-0,run-1,run-2,run-3"),
    State("the answer of Decide", "decide", _click(".st-key-decide_ask_0 button")),
    State("the policies of Batching", "batching"),
)
