"""What a person does on each page of a long history, as data: where, and which hand movements.

An interaction has several movements, which are done in turn, so that each repeat changes something.
Each movement names what must stand in the page after it.
"""

from dataclasses import dataclass

from playwright.sync_api import Page

from benchmarks.long_home import LongHome
from benchmarks.movements import (
    Act,
    Move,
    address,
    back,
    bare,
    clear,
    page_link,
    page_of_table,
    pick,
    point,
    press,
    press_text,
    row,
    says,
    slide,
    tab,
    there,
    tick,
    type_in,
    unfold,
)

RUN_OPEN, LIST_OPEN = there(".st-key-close_run"), there("[class*=st-key-history_table]")


@dataclass(frozen=True)
class Interaction:
    """Something done at an address, in several ways in turn; `first` before it is timed. What
    `goes_on` has its answer with the first end of the script, and draws more after that.
    """

    name: str
    address: str
    moves: tuple[Move, ...]
    first: Act | None = None
    goes_on: bool = False


def interactions(home: LongHome) -> tuple[Interaction, ...]:
    """All of them."""
    return (
        *_of_explore(home),
        *_of_history(home),
        *_of_decide(),
        *_of_sweep(home),
        *_of_compare(),
        *_of_batching(home),
        *_of_present(),
        *_of_the_rest(),
    )


def _of_explore(home: LongHome) -> tuple[Interaction, ...]:
    levers = tuple(
        Move(press(f"precision_{name}"), says(f"smollm2-135m · {name} · "))
        for name in ("bf16", "fp32")
    )
    result = f"/?job={home.long_run}"
    return (
        Interaction("Explore: press a lever", "/", levers),
        Interaction("Explore: type a number", "/",
                    tuple(Move(type_in("batch_size", n), says(f" · batch {n} · ")) for n in "42")),
        Interaction("Explore: choose a model", "/",
                    (Move(pick("model", "gpt2"), says("gpt2 · fp32 · ")),
                     Move(pick("model", "smol"), says("smollm2")))),
        Interaction("Explore: press a lever beside a long result", result, levers),
        Interaction("Explore: open a tab of a result", result,
                    (tab("Memory"), tab("Cost"), tab("Quality"), tab("Time"))),
        Interaction("Explore: change the price", result,
                    tuple(Move(type_in("price_per_hour_cpu", n), address("price="))
                          for n in "12"), first=tab("Cost").act),
    )  # fmt: skip


def _of_history(home: LongHome) -> tuple[Interaction, ...]:
    long, many = f"/history?run={home.long_run}", f"/history?run={home.requests_run}"
    in_and_out = (Move(press("close_run"), LIST_OPEN), Move(back, RUN_OPEN))
    note = f"note_{home.long_run}"
    return (
        Interaction("History: search", "/history",
                    tuple(Move(type_in("history_search", text), address(f"search={found}"))
                          for text, found in (("demo nf4", "demo+nf4"), ("fan on", "fan+on")))),
        Interaction("History: filter", "/history",
                    (Move(pick("history_precision", "nf4"), address("precision=nf4")),
                     Move(clear("history_precision"), bare("precision=")))),
        Interaction("History: next page", "/history",
                    tuple(Move(page_of_table(number), says(f", {first} to "))
                          for number, first in (("2", "201"), ("3", "401"), ("1", "1")))),
        Interaction("History: select a row", "/history",
                    tuple(Move(row(number), says(f"CSV, selection ({selected})"))
                          for number, selected in ((0, 1), (1, 2), (2, 3), (2, 2), (1, 1)))),
        Interaction("History: select and open a run", "/history",
                    (Move(row(0), says("CSV, selection (1)")), Move(press("open_run"), RUN_OPEN),
                     Move(press("close_run"), LIST_OPEN))),
        Interaction("History: leave and enter a long run", long, in_and_out),
        Interaction("History: leave and enter a run of many requests", many, in_and_out),
        Interaction("History: write a note", long,
                    tuple(Move(type_in(note, text), there(f".st-key-{note} textarea"))
                          for text in ("a", "b"))),
        Interaction("History: open the JSON of a long run", long,
                    (Move(unfold("Everything stored, as JSON"), there(".st-key-run_json")),)),
    )  # fmt: skip


def _of_decide() -> tuple[Interaction, ...]:
    asks = ("at most 90 ms per token, 1 GB, fastest", "at most 3 s TTFT, cheapest")
    return (
        Interaction("Decide: ask", "/decide",
                    tuple(Move(type_in("decide_ask", ask), address(f"ask=at+most+{ask.split()[2]}"))
                          for ask in asks)),
        Interaction("Decide: change an axis", "/decide",
                    (Move(pick("decide_first", "TTFT"), address("across=ttft_s")),
                     Move(pick("decide_first", "End-to-end"), address("across=e2e_s")))),
        Interaction("Decide: change the colour", "/decide",
                    (Move(pick("decide_third", "Perplexity ratio"), address("colour=perplexity_")),
                     Move(pick("decide_third", "no third"), bare("colour=")))),
        Interaction("Decide: let grade C in", "/decide",
                    (Move(tick("decide_trust"), address("trust=C")),
                     Move(tick("decide_trust"), bare("trust=")))),
        Interaction("Decide: change what is chosen among", "/decide",
                    (Move(pick("decide_scope", "precision"), address("scope=2")),
                     Move(pick("decide_scope", "The quick"), there(".st-key-decide_table")))),
        Interaction("Decide: click a point", "/decide",
                    tuple(Move(point("decide_plot", n), says("Open run")) for n in (0, 5))),
        Interaction("Decide: select a row", "/decide",
                    tuple(Move(row(n, "decide_table"), says("Open run"))
                          for n in (0, 1))),
    )  # fmt: skip


def _of_sweep(home: LongHome) -> tuple[Interaction, ...]:
    opened = f"/sweep?sweep={home.sweep}"
    return (
        Interaction("Sweep: list a precision", "/sweep",
                    (Move(press("grid_precision_bf16"), says("2 cells: ")),
                     Move(press("grid_precision_bf16"), says("1 cell: ")))),
        Interaction("Sweep: type batch sizes", "/sweep",
                    (Move(type_in("grid_batch_size", "1, 2, 4, 8, 16, 32"), says("120 cells: ")),
                     Move(type_in("grid_batch_size", "1, 2, 4"), says("60 cells: "))),
                    first=_many_cells),
        Interaction("Sweep: another metric", opened,
                    (Move(pick("sweep_metric", "TTFT"), says("TTFT, lower is better")),
                     Move(pick("sweep_metric", "Peak memory"), says("Peak memory, lower is")))),
        Interaction("Sweep: panels", opened,
                    (Move(pick("sweep_panels", "Attention"), address("panels=attention")),
                     Move(pick("sweep_panels", "none"), bare("panels=attention")))),
        Interaction("Sweep: back to the grid and in again", opened,
                    (Move(press("sweep_new"), there(".st-key-grid_model")),
                     Move(back, there(".st-key-sweep_metric")))),
    )  # fmt: skip


def _of_compare() -> tuple[Interaction, ...]:
    ids = [f"long-{number:02}" for number in range(8)]
    parts = {"Stored runs": "Runs, 2 to 8", "Other engines": "engine",
             "A/B, in turns": "A and B begin as"}  # fmt: skip
    return (
        Interaction("Compare: change a lever of B", "/compare",
                    (Move(pick("ab_b_precision", "bf16"), address("b_precision=bf16")),
                     Move(pick("ab_b_precision", "fp32"), bare("b_precision=bf16")))),
        Interaction("Compare: other part", "/compare",
                    tuple(Move(press_text("compare_part", part), says(words))
                          for part, words in parts.items())),
        Interaction("Compare: choose a run", "/compare?runs=long-00,long-01",
                    (Move(pick("compared_runs", "gpt2"), address("long-01%2C")),
                     Move(clear("compared_runs"), bare("long-01%2C")))),
        Interaction("Compare: eight long runs, another reference", "/compare?runs=" + ",".join(ids),
                    tuple(Move(pick("compared_with", run), says("alike")) for run in ("2 ", "3 "))),
    )  # fmt: skip


def _of_batching(home: LongHome) -> tuple[Interaction, ...]:
    opened = f"/batching?load={home.load_test}"
    curves = ("Throughput", "Cost", "End-to-end", "Requests over time")
    return (
        Interaction("Batching: type a number of requests", "/batching",
                    tuple(Move(type_in("load_requests", n), address(f"requests={n}"))
                          for n in ("3000", "2999", "200", "201")), goes_on=True),
        Interaction("Batching: type a rate", "/batching",
                    tuple(Move(type_in("load_rate_per_s", n), address(f"rate_per_s={n}"))
                          for n in ("0.5", "0.4", "2", "0.3")), goes_on=True),
        Interaction("Batching: another batch size of a policy", "/batching",
                    (*(Move(slide("load_continuous_batch_size", way), address(f"continuous%3A{n}"))
                       for way, n in (("Right", 12), ("Right", 16), ("Left", 12))),
                     Move(slide("load_continuous_batch_size", "Left"), bare("continuous%3A"))),
                    goes_on=True),
        Interaction("Batching: tick a policy", "/batching",
                    (Move(tick("load_grouped_on"), address("policies=")),
                     Move(tick("load_grouped_on"), there(".st-key-load_curves"))), goes_on=True),
        Interaction("Batching: open a tab of curves", "/batching", tuple(map(tab, curves))),
        Interaction("Batching: another timeline of thousands", f"{opened}&plots=time",
                    (Move(press_text("timeline_test", "static 8 at 2.00 requests/s"),
                          address("timeline=static")),
                     Move(press_text("timeline_test", "continuous 8 at 2.00 requests/s"),
                          bare("timeline=")))),
        Interaction("Batching: back and in again", opened,
                    (Move(press("load_new"), there(".st-key-load_requests")),
                     Move(back, there(".st-key-load_new"))), goes_on=True),
    )  # fmt: skip


def _of_present() -> tuple[Interaction, ...]:
    return (
        Interaction("Present: type a volume", "/present",
                    tuple(Move(type_in("present_requests", n), address(f"requests={n}"))
                          for n in ("2000000", "3000000"))),
        Interaction("Present: whole machines", "/present",
                    (Move(press_text("present_paid", "whole machines, kept on all month"),
                          address("paid=all-month")),
                     Move(press_text("present_paid", "by the second in use"), bare("paid="))),
                    first=unfold("What is compared")),
    )  # fmt: skip


def _of_the_rest() -> tuple[Interaction, ...]:
    titles = ("Start", "Sweep", "Compare", "Decide", "Present", "Batching", "Claims", "History",
              "Methodology")  # fmt: skip
    return (
        *(Interaction(f"to {title} and back", "/", (page_link(title), page_link("Explore")),
                      goes_on=title == "Batching")
          for title in titles),
        Interaction("Claims: thorough", "/claims",
                    (Move(tick("claims_thorough"), address("thorough=")),
                     Move(tick("claims_thorough"), bare("thorough=")))),
    )  # fmt: skip


def _many_cells(page: Page) -> None:
    """Twenty cells a batch size."""
    for name in ("bf16", "fp16", "int8"):
        press(f"grid_precision_{name}")(page)
        page.wait_for_timeout(800)
    type_in("grid_max_new_tokens", "8, 16, 32, 64, 128")(page)
