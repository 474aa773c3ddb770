"""The states in which pages are looked at: where to go, and what to open there.

The sample data fill every page at no cost: nothing has to be measured or written before.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from core.results.experiments import ExperimentKind, Experiments
from core.results.sample import Sample
from core.results.types import RunFailure, RunResult
from tests.browser.chromium import open_page, wait_until_settled

WIDE, NARROW = {"width": 1400, "height": 1000}, {"width": 400, "height": 850}
# Nothing is still to be loaded, and what scrolls is a stop of the Tab key (scrollers.js).
READY = """
() => !document.querySelector("[data-testid=stSkeleton]")
  && [...document.querySelectorAll("[data-testid=stTable] > div")].every(
    box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)
"""


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
        page.wait_for_function(READY)


def _click(*selectors: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for selector in selectors:
            # What has a help text stands twice in the page, once for touch screens.
            page.locator(f"{selector}:visible").first.click()
            wait_until_settled(page)

    return act


BOXES = (
    ".st-key-decoding_box summary",
    ".st-key-own_task summary",
    ".st-key-more_settings summary",
)
EMPTY = (
    *(State(name or "explore", name) for name in (
        "start", "", "sweep", "compare", "decide", "present", "batching", "claims", "history",
        "methodology",
    )),
    State("a lever's closed choices", "", _click(".st-key-attention_closed button")),
    State("the boxes of Explore", "", _click(*BOXES)),
)  # fmt: skip
READ_ONLY = tuple(State(f"read-only: {name}", name) for name in ("start", "sweep"))


def sample_states() -> tuple[State, ...]:
    """Every page with the sample data, and what they let be opened there."""
    runs = runs_of_the_sample()
    first, other = (run.run_id for run in runs.measured[:2])
    states = {
        "the guide": "start",
        "a failure": f"?job={runs.failed}",
        "stored runs compared": f"compare?runs={first},{other}",
        "their memory beside each other": f"compare?runs={first},{other}&plots=memory",
        "the policies of Batching": "batching",
        "the policies over many rates": "batching?curves=latency",
        "a load that was served": f"batching?load={runs.load}",
        "its requests over time": f"batching?load={runs.load}&plots=time",
        "a sweep": f"sweep?sweep={runs.sweep}",
        "a claim with a verdict": "claims",
        "the history": "history",
        "a run of the history": f"history?run={first}",
        "an amount": "present",
        "one run alone": f"present?from={first}&to=none",
        "a refused saving": f"present?from={first}&to={runs.of_another_prompt}",
    }
    return (
        *(State(name, sampled(path)) for name, path in states.items()),
        *(_tab(name, other) for name in TABS),
        State(
            "the variant of Batching", sampled("batching"), _click(".st-key-load_variant summary")
        ),
        State("the answer of Decide", sampled("decide"), _click(".st-key-decide_ask_0 button")),
    )


def sampled(path: str) -> str:
    """That address with the sample data."""
    return f"{path}{'&' if '?' in path else '?'}sample=1"


@dataclass(frozen=True)
class SampleRuns:
    """What the sample data have, oldest first."""

    measured: tuple[RunResult, ...]
    failed: str
    of_another_prompt: str
    sweep: str
    load: str


def runs_of_the_sample() -> SampleRuns:
    """Their ids: no test knows them by heart."""
    sample = Sample()  # its file goes with it
    history = sample.history
    outcomes = [run.outcome for run in history.in_full(history.ids()[::-1]).runs]
    measured = [outcome for outcome in outcomes if isinstance(outcome, RunResult)]
    prompt = measured[0].spec.workload.prompt
    newest = {row.kind: row.experiment_id for row in Experiments(history).listed()}
    return SampleRuns(
        measured=tuple(measured),
        failed=next(o.run_id for o in outcomes if isinstance(o, RunFailure)),
        of_another_prompt=next(r.run_id for r in measured if r.spec.workload.prompt != prompt),
        sweep=newest[ExperimentKind.SWEEP],
        load=newest[ExperimentKind.LOAD],
    )


TABS = ("Time", "Memory", "Cost", "Quality", "Text", "Settings")


def _tab(name: str, run_id: str) -> State:
    def act(page: Page) -> None:
        page.get_by_role("tab", name=name).click()

    return State(f"a result's {name}", sampled(f"?job={run_id}"), act)
