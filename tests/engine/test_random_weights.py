"""Random weights: a model of the right shape that runs, written whole or not at all."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file

from core.engine import random_weights
from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.effective import origin_of
from core.engine.generate import Generation
from core.engine.loader import load, model_folder
from core.engine.random_weights import prepare_random
from core.engine.weights import quantised_modules, weight_bytes_by_dtype
from core.errors import LoadFailed, RunCancelled
from core.variants.catalogue import entries
from core.variants.engine import Engine
from core.variants.engine_support import choices_of
from core.variants.environment import read_environment
from core.variants.models import Model, find_model
from core.variants.precision import PRECISIONS, Precision, support
from core.variants.request import build_spec
from core.variants.spec import VariantSpec, Workload
from core.variants.weights import Weights

# One of each family, made small; the rest of its config stays as it is.
SMALL = {
    "n_embd": 64, "n_layer": 2, "n_head": 4, "hidden_size": 64, "intermediate_size": 128,
    "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
}  # fmt: skip
ENVIRONMENT = read_environment()
CPU = next(device for device in ENVIRONMENT.devices if device.kind == "cpu")
HERE = [
    p
    for p in map(Precision, choices_of(Engine.TRANSFORMERS, "precision"))
    if support(p, ENVIRONMENT, CPU).usable
]
FAMILIES = ("gpt2", "smollm2-360m", "olmo2-1b", "qwen3-8b", "granite-3.3-2b", "smollm3-3b")


def silent(_: str) -> None:
    """For those who do not wait."""


def small(key: str, home: Path) -> Model:
    """A model of the catalogue with random weights, in its architecture but small."""
    config = dict(entries()[key].config)
    config |= {name: value for name, value in SMALL.items() if name in config}
    folder = home / "models" / "random" / f"{key}-small"
    return replace(find_model(key, Weights.RANDOM), config=config, folder=folder)


@pytest.mark.parametrize("key", FAMILIES)
@pytest.mark.usefixtures("bundled_model")
def test_each_family_generates_finite_numbers(key: str, home: Path) -> None:
    folder = prepare_random(small(key, home), silent)
    loaded = load(VariantSpec(model=key, weights=Weights.RANDOM), folder, CpuDevice())
    assert loaded.model.config.model_type == entries()[key].config["model_type"]
    out = Generation(loaded, Workload(max_new_tokens=3), CpuDevice(), Cancellation()).run()
    assert out.shape[1] > 3
    with torch.inference_mode():
        logits = loaded.model(out).logits
    assert torch.isfinite(logits).all()
    assert logits.std() > 0


@pytest.mark.parametrize("precision", HERE)
@pytest.mark.usefixtures("bundled_model")
def test_every_precision_takes_them(precision: Precision, home: Path) -> None:
    folder = prepare_random(small("gpt2", home), silent)
    variant = VariantSpec(model="gpt2", weights=Weights.RANDOM, precision=precision)
    model = load(variant, folder, CpuDevice()).model
    assert bool(quantised_modules(model)) is PRECISIONS[precision].quantised
    assert PRECISIONS[precision].computes[0] in weight_bytes_by_dtype(model)


@pytest.mark.usefixtures("bundled_model")
def test_they_are_the_same_each_time_and_nothing_is_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small("olmo2-1b", home)
    folder = prepare_random(model, silent)
    monkeypatch.setattr(random_weights, "LARGEST_FILE_BYTES", 1_000_000)
    other = prepare_random(replace(model, folder=folder.with_name("other")), silent)
    assert len(list(other.glob("*.safetensors"))) > 1
    mine = tensors(folder)
    assert tensors(other).keys() == mine.keys()
    assert {tensor.dtype for tensor in mine.values()} == {torch.bfloat16}
    whole = load(VariantSpec(model="olmo2-1b"), folder, CpuDevice()).model
    assert {name for name, _ in whole.named_parameters()} == mine.keys()
    assert mine["model.norm.weight"].eq(1).all()


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a folder."""
    found: dict[str, torch.Tensor] = {}
    for file in folder.glob("*.safetensors"):
        found |= load_file(file)
    return found


@pytest.mark.usefixtures("bundled_model")
def test_what_is_there_is_not_written_again(home: Path) -> None:
    model = small("gpt2", home)
    told: list[str] = []
    folder = prepare_random(model, told.append)
    assert told == ["GPT-2: drawing random weights, file 1 of 1"]
    stamp = (folder / "model-00001-of-00001.safetensors").stat().st_mtime_ns
    assert prepare_random(model, told.append) == folder
    assert len(told) == 1
    assert (folder / "model-00001-of-00001.safetensors").stat().st_mtime_ns == stamp


class Usage(NamedTuple):
    """What shutil tells of a disk, in bytes."""

    total: int
    used: int
    free: int


def no_room(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 10))


def full_disk(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    patch.setattr(random_weights, "save_file", refuse)


@pytest.mark.parametrize(
    ("break_it", "reason"), [(no_room, "are free"), (full_disk, "No space left on device")]
)
@pytest.mark.usefixtures("bundled_model")
def test_a_full_disk_fails_with_the_reason_and_leaves_nothing(
    break_it: Callable[[pytest.MonkeyPatch], None],
    reason: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = small("gpt2", home)
    with monkeypatch.context() as patch:
        break_it(patch)
        with pytest.raises(LoadFailed, match=reason):
            prepare_random(model, silent)
    assert [entry.name for entry in model.folder.parent.iterdir()] == [f"{model.folder.name}.lock"]
    assert prepare_random(model, silent).is_dir()


@pytest.mark.usefixtures("bundled_model")
def test_a_cancelled_run_leaves_nothing_and_what_a_crash_left_is_cleared(home: Path) -> None:
    def cancel(_: str) -> None:
        raise RunCancelled("stopped")

    model = small("gpt2", home)
    left = model.folder.parent / f"{model.folder.name}.unfinished-x"
    left.mkdir(parents=True)
    with pytest.raises(RunCancelled):
        prepare_random(model, cancel)
    assert [entry.suffix for entry in model.folder.parent.iterdir()] == [".lock"]


def test_a_config_that_makes_no_model_fails_with_the_reason(home: Path) -> None:
    model = replace(small("gpt2", home), config={"model_type": "nothing-known"})
    with pytest.raises(LoadFailed, match="makes no model"):
        prepare_random(model, silent)
    assert not model.folder.exists()


def test_a_local_folder_keeps_its_own_tokenizer_and_gets_other_weights(
    tiny_model_folder: Path,
) -> None:
    spec = build_spec({"model": str(tiny_model_folder), "weights": "random"})
    _, folder = model_folder(spec.variant)
    assert folder != tiny_model_folder
    assert origin_of(folder)["tokenizer"] is None
    mine = (folder / "tokenizer.json").read_bytes()
    assert mine == (tiny_model_folder / "tokenizer.json").read_bytes()
    trained, random = tensors(tiny_model_folder), tensors(folder)
    assert trained.keys() == random.keys()
    name = "model.embed_tokens.weight"
    assert not trained[name].equal(random[name].float())


@pytest.mark.usefixtures("bundled_model")
def test_the_folder_tells_what_its_weights_are(home: Path, tiny_model_folder: Path) -> None:
    origin = origin_of(prepare_random(small("gpt2", home), silent))
    assert origin["weights"] == "random"
    assert "bundled model's tokenizer" in str(origin["tokenizer"])
    trained = {"weights": "trained", "revision": None, "tokenizer": None}
    assert origin_of(tiny_model_folder) == trained
    snapshot = home / "models--a--b" / "snapshots" / ("0" * 40)
    assert origin_of(snapshot) == {**trained, "revision": "0" * 40}


def test_what_a_config_says_of_quantising_and_code_is_not_taken(
    tiny_model_folder: Path, home: Path
) -> None:
    config = json.loads((tiny_model_folder / "config.json").read_text())
    named = {**config, "auto_map": {"AutoConfig": "x.Y"}, "quantization_config": {"bits": 4}}
    model = find_model(str(tiny_model_folder), Weights.RANDOM)
    folder = home / "models" / "random" / "named"
    written = prepare_random(replace(model, config=named, folder=folder), silent)
    assert (
        not {"auto_map", "quantization_config"}
        & json.loads((written / "config.json").read_text()).keys()
    )
