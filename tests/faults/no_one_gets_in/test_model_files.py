"""A folder or file that is not what it says it is is refused before anything runs, whoever asks."""

import io
import os
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from core.__main__ import main
from core.engine.loader import model_folder
from core.errors import RequestError
from core.jobs.manager import JobManager
from core.results.history import History
from core.variants import hub
from core.variants.config_files import without_code
from core.variants.models import find_model
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from core.variants.spec import RunSpec, VariantSpec
from tests.fake_executor import FakeExecutor
from tests.faults.no_one_gets_in.lies import HOSTILE_FILES, LYING_GGUF, LYING_WEIGHTS, SOUND

NAMES = (
    "../../../etc", "..", "../", "/etc", "..\\..\\etc", "%2e%2e%2fetc", "..%2f..", "owner/..",
    "owner/../../etc", "owner//name", "owner/name/../..", "/etc/passwd", "file:///etc",
    "smollm2-135m\0", "\u0455mollm2-135m", "smollm2\u200b-135m", "\u202esmollm2-135m",
    "\uff53\uff4d\uff4f\uff4c\uff4c\uff4d2-135m", "smollm2-135m ", "smollm2\u2011135m", "gpt2\n",
    "owner/n\u0430me", "https://evil.example/model", "owner/name@../../x", "~root", "/dev/zero",
    "/proc/self/environ", "/proc/self/root", "x.gguf", "../x.gguf", "/dev/stdin.gguf",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "model")


def made(folder: Path, changes: dict[str, bytes | None] | None = None) -> Path:
    """A sound folder, but for these changes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**SOUND, **(changes or {})}.items():
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def refused_everywhere(name: str, *, engine: str = "transformers") -> str:
    """The reason, once page, command line and job manager have each refused the model by its field
    and neither stored nor carried out anything.
    """
    with pytest.raises(RequestError) as caught:
        build_spec({"model": name, "engine": engine})
    assert caught.value.field in ("model", "revision")
    forged = RunSpec(variant=VariantSpec.model_construct(**VariantSpec(engine=engine).model_dump()
                     | {"model": name}))  # fmt: skip
    executor = FakeExecutor()
    with JobManager(History(), lambda _: executor) as jobs:
        for start in (jobs.submit, lambda spec: jobs.submit_pair(spec, spec, PairPlan())):
            with pytest.raises(RequestError, match=r"^(a\.)?(model|revision): "):
                start(forged)
        assert jobs.history.rows() == []
    assert executor.started == []
    return caught.value.reason


def refused_in_the_shell(name: str, engine: str = "transformers") -> None:
    words = io.StringIO()
    with redirect_stderr(words):
        assert main(["run", "--model", name, "--engine", engine]) == 2
    assert words.getvalue().startswith(("error: model: ", "error: revision: "))
    assert words.getvalue().rstrip("\n").isprintable()


def test_the_sound_folder_is_taken(folder: Path) -> None:
    assert find_model(str(folder)).folder == folder


@pytest.mark.parametrize("lie", LYING_WEIGHTS.values(), ids=LYING_WEIGHTS)
def test_weights_that_lie_are_refused(folder: Path, lie: bytes) -> None:
    (folder / "model.safetensors").write_bytes(lie)
    assert "no sound safetensors file" in refused_everywhere(str(folder))


@pytest.mark.parametrize("lie", LYING_GGUF.values(), ids=LYING_GGUF)
def test_a_gguf_file_that_lies_is_refused(tmp_path: Path, lie: bytes) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(lie)
    assert "no sound GGUF file" in refused_everywhere(str(file), engine="llama.cpp")


@pytest.mark.parametrize("files", HOSTILE_FILES.values(), ids=HOSTILE_FILES)
def test_a_folder_that_asks_for_code_or_points_elsewhere_is_refused(
    tmp_path: Path, files: dict[str, bytes | None]
) -> None:
    folder = made(tmp_path / "hostile", files)
    refused_everywhere(str(folder))
    refused_in_the_shell(str(folder))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_or_only_looks_right_is_refused(name: str) -> None:
    refused_everywhere(name)
    if "\0" not in name:
        refused_in_the_shell(name)


def test_a_letter_that_only_looks_right_is_named() -> None:
    assert "CYRILLIC SMALL LETTER DZE" in refused_everywhere("\u0455mollm2-135m")
    assert "RIGHT-TO-LEFT OVERRIDE" in refused_everywhere("\u202esmollm2-135m")


def test_a_pipe_in_place_of_a_file_stops_nobody(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    assert "config.json is no file" in refused_everywhere(str(folder))


@pytest.mark.parametrize("nested", ["link", "link/below", "below/link"])
def test_a_link_out_of_the_roots_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nested: str
) -> None:
    roots, outside = tmp_path / "roots", made(tmp_path / "outside" / "below")
    (roots / "below").mkdir(parents=True)
    monkeypatch.setenv("TRADEOFFS_MODEL_ROOTS", str(roots))
    link = roots / nested
    (roots / "link" if nested != "below/link" else link).symlink_to(
        outside.parent if nested == "link/below" else outside
    )
    assert "TRADEOFFS_MODEL_ROOTS" in refused_everywhere(str(link))
    assert "TRADEOFFS_MODEL_ROOTS" in refused_everywhere(f"{roots}/../outside/below")


def test_what_was_swapped_since_the_check_is_checked_again_where_it_is_loaded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEOFFS_MODEL_ROOTS", str(folder.parent / "roots"))
    place = made(tmp_path / "roots" / "model")
    variant = build_spec({"model": str(place)}).variant
    assert model_folder(variant)[1] == place
    lie = LYING_WEIGHTS["overlapping"]
    (place / "model.safetensors").write_bytes(lie)
    with pytest.raises(RequestError, match="no sound safetensors file"):
        model_folder(variant)
    place.rename(tmp_path / "old")
    place.symlink_to(folder)
    with pytest.raises(RequestError, match="TRADEOFFS_MODEL_ROOTS"):
        model_folder(variant)


def test_a_hostile_copy_in_the_hubs_cache_is_refused_before_a_run_starts() -> None:
    repository = hub.cache_folder() / "models--owner--name"
    copy = made(repository / "snapshots" / ("0" * 40), HOSTILE_FILES["code in the model"])
    assert copy.is_dir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    spec = build_spec({"model": "owner/name", "weights": "trained"})
    with (
        JobManager(History(), lambda _: FakeExecutor()) as jobs,
        pytest.raises(RequestError, match=r"^model: .*custom code"),
    ):
        jobs.submit(spec)


def test_random_weights_are_made_of_a_config_without_code() -> None:
    hostile = {"auto_map": {"A": "x.Y"}, "parts": [{"_attn_implementation": "o/k", "layers": 2}]}
    assert without_code(hostile) == {"parts": [{"layers": 2}]}


@pytest.mark.parametrize("attention", ["owner/kernel", "kernels-community/flash-attn@v1:f", "SDPA"])
def test_an_attention_of_a_hub_is_no_choice(attention: str) -> None:
    with pytest.raises(RequestError, match=r"^attention: "):
        build_spec({"attention": attention})
