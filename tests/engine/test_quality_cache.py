"""Files of quality: named by what could change them, and never in the way of a run."""

from pathlib import Path

import numpy as np
import pytest

from core.engine.divergence import Encoded
from core.engine.quality_cache import (
    keep_log_probabilities,
    keep_passages,
    keep_result,
    read_log_probabilities,
    read_passages,
    read_result,
    reference_folder,
    result_file,
)
from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.precision import Precision
from core.variants.spec import VariantSpec
from tests.samples import a_spec, quality_of

VARIANT = VariantSpec()
TEXTS = ["one", "two"]
ONE = np.ones(1, dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    (model / "tokenizer.json").write_text("{}")
    return model


@pytest.mark.parametrize(
    "change",
    [{"precision": Precision.NF4}, {"attention": Attention.EAGER}, {"device": "cuda:0"}],
)
def test_each_lever_that_changes_the_figures_has_a_file_of_its_own(
    folder: Path, change: dict[str, object]
) -> None:
    changed = VARIANT.model_copy(update=change)
    assert result_file(changed, folder, TEXTS) != result_file(VARIANT, folder, TEXTS)


def test_every_field_but_how_it_is_compiled_is_told_apart(folder: Path) -> None:
    class Wider(VariantSpec):
        compute_dtype: str = "float32"
        compile_mode: str = "default"

    def file(**fields: str) -> Path:
        return result_file(Wider.model_validate(fields), folder, TEXTS)

    assert file(compute_dtype="bfloat16") != file()
    assert file(compile_mode="max-autotune") == file()


def test_compiling_and_the_number_of_the_gpu_change_nothing(folder: Path) -> None:
    compiled = VARIANT.model_copy(update={"compile": Compilation.WHOLE})
    assert result_file(compiled, folder, TEXTS) == result_file(VARIANT, folder, TEXTS)
    first, second = (VARIANT.model_copy(update={"device": f"cuda:{i}"}) for i in (0, 1))
    assert result_file(first, folder, TEXTS) == result_file(second, folder, TEXTS)


def test_other_texts_weights_or_tokenizer_make_another_file(folder: Path) -> None:
    files = {result_file(VARIANT, folder, texts) for texts in (TEXTS, ["one"])}
    (folder / "model.safetensors").write_bytes(b"other weights")
    files.add(result_file(VARIANT, folder, TEXTS))
    (folder / "tokenizer.json").write_text("{ }")
    files.add(result_file(VARIANT, folder, TEXTS))
    assert len(files) == 4


def test_figures_come_back_and_damaged_ones_do_not(folder: Path) -> None:
    file, quality = result_file(VARIANT, folder, TEXTS), quality_of(a_spec())
    assert quality is not None
    assert read_result(file) is None
    keep_result(file, quality)
    assert read_result(file) == quality
    file.write_bytes(file.read_bytes()[:-9])
    assert read_result(file) is None


def test_probabilities_come_back_and_damaged_ones_do_not(folder: Path) -> None:
    place = reference_folder(VARIANT, folder, TEXTS)
    kept = np.random.default_rng(1).standard_normal((3, 5), dtype=np.float32)
    assert read_log_probabilities(place, 0) is None
    keep_log_probabilities(place, 0, kept)
    found = read_log_probabilities(place, 0)
    assert found is not None
    assert np.array_equal(found, kept)
    file = place / "0.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    assert read_log_probabilities(place, 0) is None


def test_the_passages_tokens_come_back_for_engines_without_a_tokenizer(folder: Path) -> None:
    place = reference_folder(VARIANT, folder, TEXTS)
    passages = [Encoded([1, 2, 3], 7), Encoded([4, 5], None)]
    assert read_passages(place) is None
    keep_log_probabilities(place, 0, ONE)
    keep_passages(place, passages)
    assert read_passages(place) == passages


def test_a_models_new_reference_replaces_its_old_one_and_no_other(folder: Path) -> None:
    old = reference_folder(VARIANT, folder, ["an earlier text"])
    gpu = VARIANT.model_copy(update={"device": "cuda:0"})
    others = [reference_folder(gpu, folder, TEXTS), reference_folder(VARIANT, Path("/x"), TEXTS)]
    for earlier in (old, *others):
        keep_log_probabilities(earlier, 0, ONE)
    for number in (0, 1):
        keep_log_probabilities(reference_folder(VARIANT, folder, TEXTS), number, ONE)
    assert not old.exists()
    assert len(list(reference_folder(VARIANT, folder, TEXTS).iterdir())) == 2
    assert all(other.exists() for other in others)


def test_what_cannot_be_written_is_logged_and_stops_nothing(
    folder: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home.mkdir(parents=True)
    (home / "quality").write_text("a file where a folder should be")
    quality = quality_of(a_spec())
    assert quality is not None
    keep_result(result_file(VARIANT, folder, TEXTS), quality)
    keep_log_probabilities(reference_folder(VARIANT, folder, TEXTS), 0, ONE)
    assert len(caplog.records) == 2
