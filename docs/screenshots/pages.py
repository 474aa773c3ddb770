"""What is shown on each picture of the README, in the order of a one-minute tour: a row each.

A path may name runs and experiments that `tour` has measured, such as {bf16}. `ready` is a text
that stands on the page once it shows what the picture is of.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

WIDE, NARROW = (1400, 900), (400, 860)
ASK = "at most 2 s per token, 2 GB, cheapest"
PRESENT = "/present?from={fp32}&to={bf16}&requests=1000000"


@dataclass(frozen=True)
class Shot:
    """A picture: its file, the page's path, what is done there, and the browser's window."""

    file: str
    path: str
    ready: str
    act: Callable[[Page], None] | None = None
    size: tuple[int, int] = WIDE
    dark: bool = False


def _ask(page: Page) -> None:
    """Put the question to Decide."""
    field = page.get_by_role("textbox", name="Your limits and your goal").first
    field.fill(ASK)
    field.press("Enter")


SHOTS = (
    Shot("start.png", "/start", "one lever at a time"),
    Shot("explore.png", "/?job={bf16}", "TPOT"),
    Shot("sweep.png", "/sweep?sweep={sweep}", "frontier"),
    Shot("compare.png", "/compare?runs={fp32},{bf16}", "End-to-end"),
    Shot("decide.png", "/decide", "Deploy it", _ask),
    Shot("present-dark.png", PRESENT, "month", dark=True),
    Shot("batching.png", "/batching?load={load}", "Simulated"),
    Shot("history.png", "/history", "Every run"),
    Shot("explore-narrow-dark.png", "/?job={bf16}", "TPOT", size=NARROW, dark=True),
)
