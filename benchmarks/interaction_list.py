"""What a person does on each page of a long history, as data: where, and which hand movements.

An interaction has several movements, which are done in turn, so that each repeat changes something.
"""

from dataclasses import dataclass

from playwright.sync_api import Page

from benchmarks.long_home import LongHome
from benchmarks.movements import (
    Move,
    clear,
    page_link,
    pick,
    point,
    press,
    press_text,
    row,
    slide,
    tab,
    tick,
    type_in,
    unfold,
)


@dataclass(frozen=True)
class Interaction:
    """Something that a person does at an address of the dashboard, in several ways in turn. `first`
    is done before it is timed.
    """

    name: str
    address: str
    moves: tuple[Move, ...]
    first: Move | None = None


def interactions(home: LongHome) -> tuple[Interaction, ...]:
    """All of them."""
    return (
        *_of_explore(home),
        *_of_history(home),
        *_of_decide(),
        *_of_sweep(home),
        *_of_compare(),
        *_of_batching(home),
        *_of_the_rest(),
    )


def _of_explore(home: LongHome) -> tuple[Interaction, ...]:
    levers = (press("precision_bf16"), press("precision_fp32"))
    result = f"/?job={home.long_run}"
    return (
        Interaction("Explore: press a lever", "/", levers),
        Interaction("Explore: type a number", "/",
                    (type_in("batch_size", "4"), type_in("batch_size", "2"))),
        Interaction("Explore: choose a model", "/", (pick("model", "gpt2"), pick("model", "smol"))),
        Interaction("Explore: press a lever beside a long result", result, levers),
        Interaction("Explore: open a tab of a result", result,
                    (tab("Memory"), tab("Cost"), tab("Quality"), tab("Time"))),
        Interaction("Explore: change the price", result,
                    (type_in("price_per_hour_cpu", "1"), type_in("price_per_hour_cpu", "2")),
                    first=tab("Cost")),
    )  # fmt: skip


def _of_history(home: LongHome) -> tuple[Interaction, ...]:
    return (
        Interaction("History: search", "/history",
                    (type_in("history_search", "demo nf4"), type_in("history_search", "größe"))),
        Interaction("History: filter", "/history",
                    (pick("history_precision", "nf4"), clear("history_precision"))),
        Interaction("History: next page", "/history",
                    (_next_page("2"), _next_page("3"), _next_page("1"))),
        Interaction("History: select a row", "/history", (row(0), row(1), row(2), row(1))),
        Interaction("History: open a run", "/history", (press("open_run"), press("close_run")),
                    first=row(0)),
        Interaction("History: leave and enter a long run", f"/history?run={home.long_run}",
                    (press("close_run"), _back)),
        Interaction("History: leave and enter a run of many requests",
                    f"/history?run={home.requests_run}", (press("close_run"), _back)),
        Interaction("History: write a note", f"/history?run={home.long_run}",
                    (type_in(f"note_{home.long_run}", "a"), type_in(f"note_{home.long_run}", "b"))),
        Interaction("History: open the JSON of a long run", f"/history?run={home.long_run}",
                    (unfold("Everything stored, as JSON"),)),
    )  # fmt: skip


def _of_decide() -> tuple[Interaction, ...]:
    asks = ("at most 50 ms per token, 1 GB, fastest", "at most 3 s TTFT, cheapest")
    return (
        Interaction("Decide: ask", "/decide", tuple(type_in("decide_ask", ask) for ask in asks)),
        Interaction("Decide: change an axis", "/decide",
                    (pick("decide_first", "TTFT"), pick("decide_first", "End-to-end"))),
        Interaction("Decide: change the colour", "/decide",
                    (pick("decide_third", "Perplexity ratio"), pick("decide_third", "no third"))),
        Interaction("Decide: let grade C in", "/decide", (tick("decide_trust"),)),
        Interaction("Decide: change what is chosen among", "/decide",
                    (pick("decide_scope", "precision"), pick("decide_scope", "The quick"))),
        Interaction("Decide: click a point", "/decide", (point("decide_plot"),)),
        Interaction("Decide: select a row", "/decide",
                    (row(0, "decide_table"), row(1, "decide_table"))),
    )  # fmt: skip


def _of_sweep(home: LongHome) -> tuple[Interaction, ...]:
    opened = f"/sweep?sweep={home.sweep}"
    return (
        Interaction("Sweep: list a precision", "/sweep", (press("grid_precision_bf16"),)),
        Interaction("Sweep: type batch sizes", "/sweep",
                    (type_in("grid_batch_size", "1, 2, 4, 8, 16, 32"),
                     type_in("grid_batch_size", "1, 2, 3, 4, 5, 6")), first=_many_cells),
        Interaction("Sweep: another metric", opened,
                    (pick("sweep_metric", "TTFT"), pick("sweep_metric", "Peak memory"))),
        Interaction("Sweep: panels", opened,
                    (pick("sweep_panels", "Attention"), pick("sweep_panels", "none"))),
        Interaction("Sweep: back to the grid and in again", opened, (press("sweep_new"), _back)),
    )  # fmt: skip


def _of_compare() -> tuple[Interaction, ...]:
    eight = "/compare?runs=" + ",".join(f"long-{number:02}" for number in range(8))
    return (
        Interaction("Compare: change a lever of B", "/compare",
                    (pick("ab_b_precision", "bf16"), pick("ab_b_precision", "fp32"))),
        Interaction("Compare: other part", "/compare",
                    (press_text("compare_part", "Stored runs"),
                     press_text("compare_part", "Other engines"),
                     press_text("compare_part", "A/B, in turns"))),
        Interaction("Compare: choose a run", "/compare",
                    (pick("compared_runs", "synthetic"), pick("compared_runs", "synthetic"),
                     clear("compared_runs"), clear("compared_runs")),
                    first=press_text("compare_part", "Stored runs")),
        Interaction("Compare: eight long runs, another reference", eight,
                    (pick("compared_with", "2"), pick("compared_with", "1"))),
    )  # fmt: skip


def _of_batching(home: LongHome) -> tuple[Interaction, ...]:
    opened = f"/batching?load={home.load_test}"
    return (
        Interaction("Batching: type a number of requests", "/batching",
                    (type_in("load_requests", "3000"), type_in("load_requests", "2999"))),
        Interaction("Batching: another batch size of a policy", "/batching",
                    (slide("load_continuous_batch_size", "Right"),
                     slide("load_continuous_batch_size", "Left"))),
        Interaction("Batching: tick a policy", "/batching", (tick("load_none_on"),)),
        Interaction("Batching: open a tab of curves", "/batching",
                    (tab("Throughput and goodput"), tab("Cost and padding"), tab("Latency"))),
        Interaction("Batching: another timeline of thousands", opened,
                    (press_text("timeline_test", "static 8"),
                     press_text("timeline_test", "continuous 8"))),
        Interaction("Batching: back and in again", opened, (press("load_new"), _back)),
    )  # fmt: skip


def _of_the_rest() -> tuple[Interaction, ...]:
    titles = ("Sweep", "Compare", "Decide", "Batching", "Claims", "History", "Methodology")
    return (
        *(Interaction(f"to {title} and back", "/", (page_link(title), page_link("Explore")))
          for title in titles),
        Interaction("Claims: thorough", "/claims", (tick("claims_thorough"),)),
    )  # fmt: skip


def _next_page(number: str) -> Move:
    def move(page: Page) -> None:
        page.get_by_test_id("stPagination").get_by_text(number, exact=True).first.click()

    return move


def _many_cells(page: Page) -> None:
    for name in ("bf16", "fp16", "int8"):
        press(f"grid_precision_{name}")(page)
        page.wait_for_timeout(1500)
    type_in("grid_max_new_tokens", "8, 16, 32, 64, 128")(page)


def _back(page: Page) -> None:
    page.go_back()
