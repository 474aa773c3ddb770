"""Which folders are safe to load, and the sizes read from their files."""

import json
import os
import shutil
from pathlib import Path

import pytest

from core.errors import RequestError
from core.variants.models import BUNDLED_KEY, BUNDLED_SHAPE, Model, find_model, shape_of
from core.variants.shapes import ModelShape
from tests.model_files import safetensors_bytes

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (made / "tokenizer.json").write_text("{}")
    (made / "model.safetensors").write_bytes(len(HEADER).to_bytes(8, "little") + HEADER + bytes(24))
    return made


def refusal_error(folder: Path) -> RequestError:
    with pytest.raises(RequestError) as caught:
        find_model(str(folder))
    assert caught.value.field == "model"
    return caught.value


def refusal(folder: Path) -> str:
    return refusal_error(folder).reason


def store(folder: Path, tensors: dict[str, list[int]], config: dict[str, object]) -> ModelShape:
    """The shape of a folder with tensors of these shapes, whose values do not matter."""
    (folder / "model.safetensors").write_bytes(safetensors_bytes(tensors))
    (folder / "config.json").write_text(json.dumps(config))
    shape = shape_of(find_model(str(folder)))
    assert shape is not None
    return shape


def test_a_plain_safetensors_folder_is_taken(folder: Path) -> None:
    assert find_model(str(folder)).folder == folder


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(RequestError) as caught:
        find_model("gpt-17")
    assert BUNDLED_KEY in caught.value.valid
    assert "gpt-17" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 5000, "a\0b", "~nobody-of-that-name/model", "\udcff"]
)
def test_what_cannot_be_a_path_is_an_unknown_model(name: str) -> None:
    with pytest.raises(RequestError, match="no such model or folder"):
        find_model(name)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b'{"num_attention_heads": "many"}'),
        ("config.json", b'{"num_attention_heads": null}'),
    ],
)
def test_a_folder_that_tells_no_sizes_has_no_shape(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    assert shape_of(find_model(str(folder))) is None


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "x.PKL", "model.ckpt"])
def test_pickles_are_refused_also_beside_safe_weights(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    assert name in refusal(folder)
    assert "pickle" in refusal(folder)


def test_code_is_refused(folder: Path) -> None:
    (folder / "modeling_x.py").write_text("")
    assert "modeling_x.py is custom code" in refusal(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_config_that_asks_for_code_is_refused(folder: Path, file: str) -> None:
    (folder / file).write_text(json.dumps({"auto_map": {"AutoModel": "x.Y"}}))
    assert "auto_map" in refusal(folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text("{}")
    (folder / "generation_config.json").symlink_to(tmp_path / "outside.json")
    assert "leads out of the folder" in refusal(folder)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("model.safetensors", "no .safetensors"),
        ("config.json", "no config.json"),
        ("tokenizer.json", "no tokenizer.json"),
    ],
)
def test_what_is_missing_is_named(folder: Path, missing: str, reason: str) -> None:
    (folder / missing).unlink()
    assert reason in refusal(folder)


@pytest.mark.parametrize("content", ["{", "[]", "\x00"])
def test_a_config_that_is_no_object_is_refused(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    assert "config.json" in refusal(folder)


def test_weights_that_are_quantised_already_are_refused(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"quantization_config": {"bits": 4}}))
    assert "quantised already" in refusal(folder)


def test_a_link_inside_a_hub_cache_is_taken_and_one_out_of_it_is_not(
    folder: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "models--owner--name"
    snapshot, blobs = repository / "snapshots" / ("0" * 40), repository / "blobs"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for file in folder.iterdir():
        file.rename(blobs / file.name)
        (snapshot / file.name).symlink_to(Path("../../blobs") / file.name)
    assert find_model(str(snapshot)).folder == snapshot
    (tmp_path / "outside.json").write_text("{}")
    (snapshot / "generation_config.json").symlink_to(tmp_path / "outside.json")
    assert "leads out of the folder" in refusal(snapshot)


def test_only_folders_under_the_roots_are_taken_where_roots_are_set(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    roots = os.pathsep.join([str(tmp_path / "elsewhere"), str(allowed)])
    monkeypatch.setenv("TRADEOFFS_MODEL_ROOTS", roots)
    assert "TRADEOFFS_MODEL_ROOTS" in refusal(folder)
    (allowed / "link").symlink_to(folder)
    assert str(allowed) in refusal_error(allowed / "link").valid
    folder.rename(allowed / "model")
    assert find_model(str(allowed / "model")).folder == allowed / "model"


def test_an_adapter_is_refused(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    assert "adapter" in refusal(folder)


def test_the_bundled_models_known_sizes_are_those_of_its_files(prepared_model: Path) -> None:
    read = shape_of(Model("x", "x", "", "", folder=prepared_model, bundled=False))
    assert read == BUNDLED_SHAPE


def test_sizes_under_the_names_of_gpt2(folder: Path) -> None:
    config = {"n_layer": 2, "n_head": 4, "n_embd": 8, "vocab_size": 10, "n_positions": 16}
    (folder / "config.json").write_text(json.dumps(config))
    shape = shape_of(find_model(str(folder)))
    assert shape is not None
    assert (shape.layers, shape.kv_heads, shape.head_dim, shape.context) == (2, 4, 2, 16)
    assert (shape.linear_parameters, shape.other_parameters) == (6, 0)


GPT2 = {
    "model_type": "gpt2", "n_layer": 1, "n_head": 2, "n_embd": 4, "vocab_size": 10,
    "n_positions": 8,
}  # fmt: skip
LLAMA = {
    "model_type": "llama", "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 4,
    "vocab_size": 10, "max_position_embeddings": 8,
}  # fmt: skip


def test_masks_of_old_gpt2_checkpoints_are_no_parameters(folder: Path) -> None:
    stored = {
        "wte.weight": [10, 4],
        "wpe.weight": [8, 4],
        "h.0.attn.bias": [1, 1, 8, 8],
        "h.0.attn.masked_bias": [],
        "h.0.attn.c_attn.weight": [4, 12],
        "h.0.attn.c_attn.bias": [12],
        "lm_head.weight": [10, 4],
    }
    shape = store(folder, stored, GPT2)
    assert (shape.linear_parameters, shape.other_parameters) == (48, 40 + 32 + 12)


@pytest.mark.parametrize(("tied", "heads"), [(True, 0), (False, 1), (None, 1)])
def test_a_stored_head_counts_unless_the_config_ties_it_and_is_never_quantised(
    folder: Path, tied: bool | None, heads: int
) -> None:
    config = LLAMA if tied is None else {**LLAMA, "tie_word_embeddings": tied}
    stored = {
        "model.embed_tokens.weight": [10, 4],
        "model.layers.0.self_attn.q_proj.weight": [4, 4],
        "model.layers.0.self_attn.rotary_emb.inv_freq": [1],
        "lm_head.weight": [10, 4],
    }
    shape = store(folder, stored, config)
    assert (shape.linear_parameters, shape.other_parameters) == (16, 40 + heads * 40)


def test_files_that_the_index_does_not_name_are_not_counted(folder: Path) -> None:
    shape = store(folder, {"model.layers.0.mlp.up_proj.weight": [4, 4]}, LLAMA)
    shutil.copy(folder / "model.safetensors", folder / "consolidated.safetensors")
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"model.layers.0.mlp.up_proj.weight": "model.safetensors"}})
    )
    os.utime(folder / "config.json", ns=(1, 1))
    assert shape_of(find_model(str(folder))) == shape


def test_sizes_that_are_not_told_are_unknown(folder: Path) -> None:
    assert shape_of(find_model(str(folder))) is None


def test_the_key_value_formula_by_hand() -> None:
    # SmolLM2-135M: 2 · 30 layers · 3 heads · 64 · 4 bytes = 46,080 bytes per token.
    assert BUNDLED_SHAPE.kv_bytes(batch_size=1, length=1, bytes_per_value=4) == 46_080
    assert BUNDLED_SHAPE.kv_bytes(batch_size=4, length=10, bytes_per_value=2) == 921_600
