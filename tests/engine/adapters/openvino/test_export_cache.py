"""Exports are kept by everything that could change them, and appear whole or not at all."""

import os
from pathlib import Path

import pytest

from core.engine.adapters.openvino import export_cache
from core.engine.adapters.openvino.export_cache import exported, target_folder
from core.errors import LoadFailed, RunCancelled
from core.variants.precision import Precision

FP32, INT4 = Precision.FP32, Precision.OPENVINO_INT4


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model's folder, and a home to export into."""
    monkeypatch.setenv("TRADEOFFS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "a-model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str]]:
    """The exporting process is replaced: it writes the precision's name, and is noted."""
    done: list[tuple[Path, str]] = []

    def write(source: Path, target: Path, precision: Precision, _: object) -> None:
        done.append((source, precision))
        (target / export_cache.GRAPH).write_text(precision)

    monkeypatch.setattr(export_cache, "_export", write)
    return done


def silent(_: str) -> None:
    """Whoever listens is not interested."""


def test_an_export_happens_once(model: Path, exports: list[tuple[Path, str]]) -> None:
    first, second = (exported(model, FP32, silent) for _ in range(2))
    assert first == second
    assert first.read_text() == "fp32"
    assert exports == [(model, "fp32")]


def test_few_bits_are_made_from_the_export_in_fp32(
    model: Path, exports: list[tuple[Path, str]]
) -> None:
    exported(model, INT4, silent)
    assert exports == [(model, "fp32"), (target_folder(model, FP32), "openvino_int4")]


def test_changed_weights_are_exported_anew_and_the_earlier_export_goes(
    model: Path, exports: list[tuple[Path, str]]
) -> None:
    earlier = exported(model, FP32, silent)
    os.utime(model / "model.safetensors", ns=(1, 1))
    later = exported(model, FP32, silent)
    assert len(exports) == 2
    assert later.exists()
    assert not earlier.exists()


def test_precisions_of_one_model_do_not_replace_each_other(
    model: Path, exports: list[tuple[Path, str]]
) -> None:
    files = [exported(model, p, silent) for p in (FP32, Precision.OPENVINO_INT8, INT4)]
    assert all(file.exists() for file in files)
    assert len(exports) == 3


def test_a_process_that_fails_leaves_nothing_and_its_last_words_are_told(model: Path) -> None:
    """Where this runs the exporter's packages are not installed, so it does fail."""
    with pytest.raises(LoadFailed, match="No module named"):
        exported(model, FP32, silent)
    kept = target_folder(model, FP32).parent
    assert [file for file in kept.iterdir() if file.is_dir()] == []


def test_what_an_interrupted_export_has_left_does_not_count(
    model: Path, exports: list[tuple[Path, str]]
) -> None:
    target = target_folder(model, FP32)
    left = target.with_name(f"{target.name}.unfinished")
    left.mkdir(parents=True)
    (left / export_cache.GRAPH).write_text("half of it")
    assert exported(model, FP32, silent).read_text() == "fp32"
    assert not left.exists()
    assert len(exports) == 1


def test_cancelling_ends_an_export(model: Path) -> None:
    def cancelled(_: str) -> None:
        raise RunCancelled("stopped")

    with pytest.raises(RunCancelled):
        exported(model, FP32, cancelled)
    assert not target_folder(model, FP32).exists()
