"""The colours of all plots, in one place, and the look that they share.

Okabe and Ito's colours (2008), which people with any colour vision can tell apart, the lighter
ones darkened until each stands out from a white and from a near-black ground by 3 to 1 or more.
`.streamlit/config.toml` names the same colours.
"""

from typing import Any

import plotly.graph_objects as go

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#B8659A"
GREY = "#7F8790"
SKY = "#3C96CC"
AMBER = "#B07D00"
BROWN = "#8C6A4F"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, GREY)
MANY = (BLUE, VERMILION, GREEN, PURPLE, AMBER, SKY, BROWN, GREY)
# Dashes tell apart again what colours alone might not: MANY beside each other in one plot.
DASHES = ("solid", "dash", "dot", "dashdot")

GRID = "rgba(127, 135, 144, 0.25)"
CLEAR = "rgba(0, 0, 0, 0)"
PIXELS = 230  # all plots are of one height, so that two beside each other line up


def style(figure: go.Figure, **layout: Any) -> go.Figure:
    """Transparent ground, quiet grid, legend above, and no more margin than the text needs."""
    figure.update_layout(
        height=PIXELS,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
            "font": {"size": 12},
            "itemwidth": 30,
        },
        hoverlabel={"namelength": -1},
        bargap=0.4,
        uniformtext={"minsize": 10, "mode": "hide"},
        **layout,
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
    return figure
