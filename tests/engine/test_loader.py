"""What is loaded is what was asked, for each precision, on a tiny real model."""

import json
import shutil
from pathlib import Path

import pytest

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.loader import load, quantised_modules, weight_bytes_by_dtype
from core.errors import LoadFailed
from core.variants.attention import Attention
from core.variants.footprint import weights_bytes
from core.variants.models import find_model, shape_of
from core.variants.precision import PRECISIONS, Precision
from core.variants.spec import VariantSpec, Workload


@pytest.mark.parametrize("precision", list(Precision))
def test_weights_have_the_asked_precision_and_the_predicted_size(
    tiny_model_folder: Path, precision: Precision
) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), precision=precision)
    model = load(variant, tiny_model_folder, CpuDevice()).model
    stored = weight_bytes_by_dtype(model)
    row = PRECISIONS[precision]
    assert bool(quantised_modules(model)) is row.quantised
    assert max(stored, key=lambda name: stored[name]) == row.computes[0]
    shape = shape_of(find_model(str(tiny_model_folder)))
    assert shape is not None
    assert sum(stored.values()) == pytest.approx(weights_bytes(shape, precision), rel=0.1)


@pytest.mark.parametrize("attention", [Attention.EAGER, Attention.SDPA])
def test_the_asked_attention_is_the_one_in_the_model(
    tiny_model_folder: Path, attention: Attention
) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), attention=attention)
    model = load(variant, tiny_model_folder, CpuDevice()).model
    assert model.config._attn_implementation == attention.value


def test_a_models_own_generation_defaults_do_not_slip_in(
    tiny_model_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "opinionated"
    shutil.copytree(tiny_model_folder, folder)
    own = {"eos_token_id": 2, "do_sample": True, "repetition_penalty": 5.0, "use_cache": False}
    (folder / "generation_config.json").write_text(json.dumps(own))
    plain = load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, CpuDevice())
    opinionated = load(VariantSpec(model=str(folder)), folder, CpuDevice())
    assert opinionated.model.generation_config.repetition_penalty in (None, 1.0)
    runs = [
        Generation(one, Workload(max_new_tokens=12), CpuDevice(), Cancellation()).run()
        for one in (plain, opinionated)
    ]
    assert runs[0].tolist() == runs[1].tolist()


def test_an_attention_that_needs_a_missing_package_fails_and_is_not_replaced(
    tiny_model_folder: Path,
) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), attention=Attention.FLASH_ATTENTION_2)
    with pytest.raises(LoadFailed, match=r"(?i)flash"):
        load(variant, tiny_model_folder, CpuDevice())


def test_a_file_that_is_no_model_fails_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "nothing-known"}')
    with pytest.raises(LoadFailed, match="could not be loaded"):
        load(VariantSpec(model=str(tmp_path)), tmp_path, CpuDevice())
