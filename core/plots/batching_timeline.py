"""What batching does, request by request: waiting, prefill, decode, and waiting for the others."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.plots.palette import GREY, MANY, WAITING, style
from core.results.format import show
from core.results.serving import Served, ServedLoad
from core.results.statistics import median
from core.variants.policy import POLICIES

MOST_REQUESTS = 40
AXIS_ROOM = 1.02
ROW_PIXELS, FRAME_PIXELS = 14, 90
COLOURS = tuple(colour for colour in MANY if colour != GREY)  # grey is of those that wait


@dataclass(frozen=True)
class Stretch:
    """A part of a request's life, in seconds of the load's clock."""

    start_s: float
    end_s: float


def shown(load: ServedLoad) -> tuple[Served, ...]:
    """The requests that are drawn: the first ones to come."""
    by_arrival = sorted(load.served, key=lambda one: (one.arrival_s, one.number))
    return tuple(by_arrival[:MOST_REQUESTS])


def last_end_s(load: ServedLoad) -> float:
    """When the last of the requests that are drawn is answered."""
    return max((one.ended_s for one in shown(load)), default=0.0)


def figure(load: ServedLoad, until_s: float | None = None) -> go.Figure:
    """A row for each request, the first one on top; a batch's rows have one colour. `until_s` is
    where the axis ends, the same for those that stand beside each other.
    """
    rows, chart = shown(load), go.Figure()
    last_s = _last_tokens(load.served)
    parts = (
        ("waits in the queue", [Stretch(r.arrival_s, r.started_s) for r in rows], None, ""),
        ("prefill", [Stretch(r.started_s, r.first_token_s) for r in rows], 1.0, ""),
        ("decode", [Stretch(r.first_token_s, last_s[r.number]) for r in rows], 0.55, ""),
        ("done, waits for the batch", [Stretch(last_s[r.number], r.ended_s) for r in rows],
         0.55, "/"),
    )  # fmt: skip
    for name, stretches, opacity, pattern in parts:
        if any(part.end_s > part.start_s for part in stretches):
            _add(chart, name, rows, stretches, opacity, pattern)
    ends = {"rangemode": "tozero"} if until_s is None else {"range": [0, until_s * AXIS_ROOM]}
    chart.update_xaxes(title="seconds since the load began", **ends)
    chart.update_yaxes(title="request", autorange="reversed", showgrid=False)
    return style(chart, barmode="overlay").update_layout(
        height=FRAME_PIXELS + ROW_PIXELS * len(rows), bargap=0.15
    )


def policy_words(load: ServedLoad) -> str:
    """What the policy does."""
    row = POLICIES[load.policy.kind]
    return f"{row.label.capitalize()}: {row.summary}"


def takeaway(load: ServedLoad) -> str:
    """What share of their time these requests wait, and how fast they are answered."""
    rows = shown(load)
    if not rows:
        return "No request was served."
    waited, whole = sum(r.queue_s for r in rows), sum(r.e2e_s for r in rows)
    share = show(waited / whole if whole else None, "share")
    idle = sum(r.ended_s - end for r, end in zip(rows, _ends(load, rows), strict=True))
    said = f"The first {len(rows)} requests spend {share} of their time in the queue"
    if idle > 0 and whole:
        said += f", and {show(idle / whole, 'share')} done but held until their batch ends"
    middle = show(median([r.e2e_s for r in rows]), "s")
    return f"{said}; half of them are answered within {middle}."


def _ends(load: ServedLoad, rows: Sequence[Served]) -> list[float]:
    last_s = _last_tokens(load.served)
    return [last_s[row.number] for row in rows]


def _last_tokens(served: Iterable[Served]) -> dict[int, float]:
    """When each request's last token came, by its number. A batch computes a token of each row per
    step, up to its longest answer, so that a shorter one is done as much earlier as it has fewer
    steps; steps are taken as equally long. Where there is no batch it is the end.
    """
    batches: dict[int, list[Served]] = defaultdict(list)
    for one in served:
        if one.batch is not None:
            batches[one.batch].append(one)
    steps = {batch: max(r.output_tokens for r in rows) - 1 for batch, rows in batches.items()}
    ends = {}
    for one in served:
        whole = steps.get(one.batch, 0) if one.batch is not None else 0
        share = (one.output_tokens - 1) / whole if whole else 1.0
        ends[one.number] = one.first_token_s + share * (one.ended_s - one.first_token_s)
    return ends


def _add(
    chart: go.Figure,
    name: str,
    rows: Sequence[Served],
    stretches: Sequence[Stretch],
    opacity: float | None,
    pattern: str,
) -> None:
    """One kind of stretch of all rows; without an opacity it is the grey of waiting."""
    chart.add_bar(
        y=[row.number for row in rows],
        x=[part.end_s - part.start_s for part in stretches],
        base=[part.start_s for part in stretches],
        orientation="h",
        marker={
            "color": WAITING if opacity is None else [_colour(row) for row in rows],
            "line": {"width": 0},
            "pattern": {"shape": pattern, "size": 5, "fgcolor": GREY},
        },
        opacity=opacity,  # of the bars and, unlike the marker's own, of the legend
        name=name,
        hovertext=[told(row) for row in rows],
        hoverinfo="text",
    )


def _colour(row: Served) -> str:
    return COLOURS[(row.batch or 0) % len(COLOURS)]


def told(row: Served) -> str:
    """What hovering over a request says."""
    batch = f", batch {row.batch}" if row.batch is not None else ""
    return (
        f"request {row.number}{batch}<br>{row.prompt_tokens:,} tokens in, "
        f"{row.output_tokens:,} out<br>queue {show(row.queue_s, 's')}, "
        f"TTFT {show(row.ttft_s, 's')}, end-to-end {show(row.e2e_s, 's')}"
    )
