"""The pictures of the README: a row for each, in the order of the tour, and small."""

import io
import random
import re
from pathlib import Path

import pytest
from PIL import Image

from docs.screenshots import tour
from docs.screenshots.pages import SHOTS

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_shows_the_pictures_in_the_order_of_the_tour() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"\(docs/screenshots/([\w-]+\.png)\)", text)
    made = [shot.file for shot in SHOTS]
    assert 5 < len(shown) < 9
    assert shown == [file for file in made if file in shown]


def test_each_picture_has_a_file_of_its_own() -> None:
    files = [shot.file for shot in SHOTS]
    assert len(set(files)) == len(files)


def test_a_path_names_only_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"run_id": "r", "experiment_id": "e"}
    monkeypatch.setattr(tour, "prepare", lambda home: None)  # noqa: ARG005
    monkeypatch.setattr(
        tour,
        "core",
        lambda home, *words: [document] if "--list" in words else document,  # noqa: ARG005
    )
    names = tour.measure(Path("home"))
    assert all(shot.path.format(**names).startswith("/") for shot in SHOTS)


def test_a_picture_is_made_small(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    tour.write(_png(Image.linear_gradient("L").resize((1400, 900))), file)
    assert file.stat().st_size <= tour.MOST_BYTES


def test_a_picture_that_cannot_be_small_is_refused(tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", (1400, 900), random.Random(0).randbytes(1400 * 900 * 3))
    with pytest.raises(SystemExit, match="more than"):
        tour.write(_png(noise), tmp_path / "noise.png")


def test_a_command_that_fails_ends_the_script(home: Path) -> None:
    with pytest.raises(SystemExit, match="ended with 2"):
        tour.core(home, "run", "--precision", "fp3")


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
