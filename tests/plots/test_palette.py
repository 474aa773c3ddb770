"""One palette for all plots, which people with any colour vision can read on either ground."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from plotly.colors import sample_colorscale

from core.plots import palette
from core.plots.palette import DASHES, MANY, MARKERS, SEQUENTIAL, SERIES, ink
from tests.plots.colour_vision import VISIONS, contrast, difference, lab, nearest

ROOT = Path(__file__).parents[2]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
GROUNDS = [THEME[mode]["backgroundColor"] for mode in ("light", "dark")]
LITERAL = re.compile(
    r"#[0-9A-Fa-f]{6}\b|\brgba?\(|[\"'](?:white|black|gr[ae]y|red|green|blue)[\"']"
)


def test_the_difference_is_that_of_the_published_examples() -> None:
    """Sharma, Wu and Dalal's pairs 1, 7, 16 and 34."""
    for one, other, known in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ):
        assert difference(np.array(one), np.array(other)) == pytest.approx(known, abs=1e-3)


@pytest.mark.parametrize("vision", VISIONS)
def test_the_series_are_told_apart_with_any_colour_vision(vision: str) -> None:
    assert nearest(SERIES, vision)[0] >= 10
    assert nearest(MANY, vision)[0] >= 8


@pytest.mark.parametrize("vision", VISIONS)
def test_lines_of_the_same_dash_differ_plainly(vision: str) -> None:
    for number in range(len(DASHES)):
        assert nearest(MANY[number :: len(DASHES)], vision)[0] >= 10


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", MANY)
def test_every_colour_stands_out_in_light_and_dark(colour: str, ground: str) -> None:
    """WCAG 2.1, 1.4.11: graphics need a contrast of 3 to 1 against what is beside them."""
    assert contrast(colour, ground) >= 3


@pytest.mark.parametrize("colour", MANY)
def test_a_number_on_a_bar_can_be_read(colour: str) -> None:
    assert contrast(ink(colour), colour) >= 4.5


@pytest.mark.parametrize("vision", VISIONS)
def test_the_sequential_scale_only_grows_lighter(vision: str) -> None:
    steps = sample_colorscale(SEQUENTIAL, 33, colortype="tuple")
    colours = ["#" + "".join(f"{round(255 * part):02X}" for part in step) for step in steps]
    lightness = [lab(colour, vision)[0] for colour in colours]
    assert all(later > earlier for earlier, later in pairwise(lightness))
    assert lightness[-1] - lightness[0] > 50


def test_five_series_have_a_marker_each() -> None:
    assert len(set(MARKERS)) == len(SERIES)


def test_no_plot_has_a_colour_of_its_own() -> None:
    modules = sorted((ROOT / "core" / "plots").glob("*.py"))
    assert len(modules) > 10
    found = [
        f"{module.name}: {hit}"
        for module in modules
        if module.name != "palette.py"
        for hit in LITERAL.findall(module.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_theme_names_the_same_colours() -> None:
    assert THEME["chartCategoricalColors"] == [*SERIES]
    assert THEME["light"]["primaryColor"] == palette.BLUE


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_texts_of_the_theme_have_contrast(mode: str) -> None:
    """WCAG 2.1, 1.4.3, on the page, on fields, and on the tint of badges and boxes."""
    theme = THEME[mode]
    for name in ("red", "orange", "yellow", "blue", "green", "violet", "gray"):
        text = theme[f"{name}TextColor"]
        for ground in ("backgroundColor", "secondaryBackgroundColor", f"{name}BackgroundColor"):
            assert contrast(text, theme[ground]) >= 4.5, (name, ground)
        assert contrast(theme[f"{name}Color"], theme["backgroundColor"]) >= 3, name
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_captions_have_contrast_on_the_page_and_on_fields(mode: str) -> None:
    """Streamlit draws them in 60 % of the text's colour."""
    theme = THEME[mode]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        faded = _mixed(theme["textColor"], theme[ground], 0.6)
        assert contrast(faded, theme[ground]) >= 4.5


def _mixed(ink_: str, ground: str, share: float) -> str:
    parts = [(int(ink_[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02X}" for a, b in parts)
