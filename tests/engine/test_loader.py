"""What is loaded is what was asked, for each precision, on a tiny real model."""

import json
import shutil
from pathlib import Path

import pytest

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.loader import load
from core.engine.weights import module_groups, quantised_modules, weight_bytes_by_dtype
from core.errors import LoadFailed
from core.variants.attention import Attention
from core.variants.engine import Engine
from core.variants.engine_support import choices_of
from core.variants.environment import read_environment
from core.variants.footprint import weights_bytes
from core.variants.models import find_model, shape_of
from core.variants.precision import PRECISIONS, Precision, support
from core.variants.spec import VariantSpec, Workload

ENVIRONMENT = read_environment()
CPU = next(device for device in ENVIRONMENT.devices if device.kind == "cpu")
HERE = [
    p
    for p in map(Precision, choices_of(Engine.TRANSFORMERS, "precision"))
    if support(p, ENVIRONMENT, CPU).usable
]


@pytest.mark.parametrize("precision", HERE)
def test_weights_have_the_asked_precision_and_the_predicted_size(
    tiny_model_folder: Path, precision: Precision
) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), precision=precision)
    model = load(variant, tiny_model_folder, CpuDevice()).model
    stored = weight_bytes_by_dtype(model)
    row = PRECISIONS[precision]
    assert bool(quantised_modules(model)) is row.quantised
    assert row.computes[0] in stored
    shape = shape_of(find_model(str(tiny_model_folder)))
    assert shape is not None
    assert sum(stored.values()) == pytest.approx(weights_bytes(shape, variant), rel=0.1)


def test_the_groups_of_modules_add_up_to_all_that_is_stored(tiny_model_folder: Path) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), precision=Precision.NF4)
    model = load(variant, tiny_model_folder, CpuDevice()).model
    groups = module_groups(model)
    whole = sum(size for group in groups for size in group.dtype_bytes.values())
    assert whole == sum(weight_bytes_by_dtype(model).values())
    counts = {group.name: group.count for group in groups if group.quantised}
    assert counts["model.layers.*.mlp.up_proj"] == 2
    assert len(counts) == 7
    (embedding,) = [group for group in groups if group.name == "model.embed_tokens"]
    assert embedding.dtype_bytes == {"bfloat16": 49152 * 64 * 2}
    assert sum(counts.values()) == sum(quantised_modules(model).values())


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
