"""The colours of all plots, in one place, and the look that they share.

Searched for, not taken from a list: each stands out from the white and from the near-black ground
by 3 to 1 or more, which leaves only a narrow band of lightness, and in that band the usual
colour-blind-safe lists fall together (Okabe and Ito's orange and vermilion, darkened so, are one
colour to a person without green cones). `tests/plots/test_palette.py` simulates the three kinds of
colour blindness and holds these apart. `.streamlit/config.toml` names the first five too.
"""

from typing import Any

import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

BLUE = "#0072B2"
VERMILION = "#D43111"
GREEN = "#00996B"
PURPLE = "#B87FB2"
GREY = "#767A81"
SKY = "#3694FF"
AMBER = "#C77F06"
BROWN = "#876E44"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, GREY)
MANY = (BLUE, VERMILION, GREEN, PURPLE, SKY, GREY, AMBER, BROWN)
# These tell apart again what colours alone might not: series beside each other in one plot.
DASHES = ("solid", "dash", "dot", "dashdot")
MARKERS = ("circle", "square", "triangle-up", "x", "cross")
# From dark to light without a step back, with any colour vision.
SEQUENTIAL = "Viridis"

GRID = "rgba(118, 122, 129, 0.25)"
BAND = "rgba(118, 122, 129, 0.2)"  # a range behind the points
WAITING = "rgba(118, 122, 129, 0.4)"
FAINT = "rgba(118, 122, 129, 0.1)"
SPAN = "rgba(0, 114, 178, 0.2)"  # from the least to the most around a line in BLUE
SLATE = "#4B5158"  # darker than GREY, for a square that cannot be measured
BLACK, WHITE = "#000000", "#FFFFFF"
CLEAR = "rgba(0, 0, 0, 0)"
PIXELS = 230  # all plots are of one height, so that two beside each other line up
LUMINANCE = (0.2126, 0.7152, 0.0722)  # WCAG 2
EVEN_LUMINANCE = 0.179  # there black and white stand out alike


def ink(ground: str) -> str:
    """Black or white, whichever stands out more from a ground that is written as #RRGGBB."""
    shares = [level / 255 for level in hex_to_rgb(ground)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    luminance = sum(weight * c for weight, c in zip(LUMINANCE, linear, strict=True))
    return BLACK if luminance > EVEN_LUMINANCE else WHITE


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
