"""The bundled model: a file that is not the known one is refused before anything reads it.

So is a converted copy that is not what was made of it.
"""

import os
import shutil
from pathlib import Path

import pytest

from core.engine import bundled, converted
from core.errors import LoadFailed
from core.home import models_folder
from core.jobs.manager import JobManager
from core.results.types import RunFailure
from core.variants import bundled_file
from core.variants.models import BUNDLED_KEY
from tests.samples import a_spec

WEIGHTS = "model.safetensors"


@pytest.fixture
def copy(tiny_model_folder: Path) -> Path:
    """A converted copy in this test's data folder: a small model's files, recorded as the bundled
    one's are.
    """
    folder = models_folder() / BUNDLED_KEY
    shutil.copytree(tiny_model_folder, folder)
    converted.record(folder)
    return folder


def flip_a_bit(file: Path) -> None:
    """Change one bit in the middle, as a bad disk or a hand would, and put the times back."""
    stat = file.stat()
    with file.open("r+b") as stream:
        stream.seek(stat.st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(stat.st_size // 2)
        stream.write(bytes([byte ^ 1]))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_tampered_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / bundled_file.PACKAGE
    package.mkdir()
    file = package / bundled_file.FILE
    source = bundled_file.bundled_source()
    assert source is not None
    shutil.copy(source, file)
    flip_a_bit(file)
    monkeypatch.setattr(bundled, "bundled_source", lambda: file)
    monkeypatch.setattr(bundled, "_convert", lambda *_: pytest.fail("it was read"))
    with pytest.raises(LoadFailed, match=f"expected {bundled_file.SHA256}"):
        bundled.prepare()
    assert not (models_folder() / BUNDLED_KEY).exists()


def test_an_untouched_copy_is_not_read_again(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converted, "_checked", lambda file: pytest.fail(f"{file} was read"))
    assert bundled.prepare() == copy


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "tokenizer.json"])
def test_a_copy_with_one_bit_changed_is_refused(copy: Path, name: str) -> None:
    flip_a_bit(copy / name)
    with pytest.raises(LoadFailed, match=f"{name} has SHA-256"):
        bundled.prepare()


def test_a_copy_that_was_cut_is_refused(copy: Path) -> None:
    os.truncate(copy / WEIGHTS, 1000)
    with pytest.raises(LoadFailed, match="has SHA-256"):
        bundled.prepare()


def test_a_copy_without_a_file_or_with_one_more_is_refused(copy: Path) -> None:
    (copy / "adapter_config.json").write_text("{}")
    with pytest.raises(LoadFailed, match=r"adapter_config\.json was not converted"):
        bundled.prepare()
    (copy / "adapter_config.json").unlink()
    (copy / "tokenizer.json").unlink()
    with pytest.raises(LoadFailed, match=r"tokenizer\.json is missing"):
        bundled.prepare()


def test_a_broken_record_is_refused(copy: Path) -> None:
    (copy / converted.RECORD).write_text("{")
    with pytest.raises(LoadFailed, match="cannot be read"):
        bundled.prepare()


def test_a_copy_that_was_moved_is_checked_once_and_taken(copy: Path) -> None:
    for file in copy.iterdir():
        os.utime(file)
    before = (copy / converted.RECORD).read_bytes()
    assert bundled.prepare() == copy
    assert (copy / converted.RECORD).read_bytes() != before


def test_a_copy_of_an_earlier_version_gets_a_record(copy: Path) -> None:
    (copy / converted.RECORD).unlink()
    bundled.prepare()
    flip_a_bit(copy / WEIGHTS)
    with pytest.raises(LoadFailed):
        bundled.prepare()


def test_a_run_with_a_tampered_copy_fails_with_the_reason(copy: Path) -> None:
    flip_a_bit(copy / WEIGHTS)
    manager = JobManager()
    try:
        outcome = manager.wait(manager.submit(a_spec(max_new_tokens=1, repeats=1, quality=False)))
    finally:
        manager.close()
    assert isinstance(outcome, RunFailure)
    assert outcome.kind == "load"
    assert f"{WEIGHTS} has SHA-256" in outcome.message
    assert "Remove the folder" in outcome.message
