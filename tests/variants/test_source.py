"""Where weights come from: what a request leaves open is filled in, what cannot be is refused."""

import json
from pathlib import Path

import pytest

from core.errors import RequestError
from core.variants import hub, source
from core.variants.axes import why_closed
from core.variants.catalogue import entries
from core.variants.models import find_model
from core.variants.request import build_spec, flat_values, problems
from core.variants.spec import VariantSpec
from core.variants.tokens import count_tokens
from tests.model_files import safetensors_bytes
from tests.samples import a_cpu, an_environment

GPT2 = entries()["gpt2"]
HERE = an_environment(a_cpu())


def put_in_cache(hub_id: str, commit: str, branch: str | None = None, weights: bool = True) -> Path:
    """A model in the hub's cache, as its client lays it out: links into a folder of blobs."""
    repository = hub.cache_folder() / f"models--{hub_id.replace('/', '--')}"
    folder, blobs = repository / "snapshots" / commit, repository / "blobs"
    folder.mkdir(parents=True)
    blobs.mkdir()
    files = {"config.json": json.dumps(dict(GPT2.config)), "tokenizer.json": "{}"}
    if weights:
        files["model.safetensors"] = safetensors_bytes({"w": [2, 3]}).decode()
    for name, text in files.items():
        (blobs / name).write_text(text)
        (folder / name).symlink_to(Path("../../blobs") / name)
    if branch:
        (repository / "refs").mkdir()
        (repository / "refs" / branch).write_text(commit)
    return folder


def in_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "hub_in_reach", lambda: True)


def problem(spec_values: dict[str, object]) -> RequestError:
    (found,) = problems(build_spec(spec_values), HERE)
    return found


def test_weights_that_are_left_open_are_trained_where_they_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert build_spec({}).variant.weights == "trained"
    assert build_spec({"model": "gpt2"}).variant.weights == "random"
    in_reach(monkeypatch)
    assert build_spec({"model": "gpt2"}).variant.weights == "trained"


def test_weights_in_the_cache_need_no_hub() -> None:
    folder = put_in_cache(GPT2.hub_id or "", GPT2.revision or "")
    spec = build_spec({"model": "gpt2"})
    assert spec.variant.weights == "trained"
    assert problems(spec, HERE) == ()
    assert source.model_of(spec.variant).folder == folder


def test_a_snapshot_without_all_its_weights_is_not_in_the_cache() -> None:
    folder = put_in_cache(GPT2.hub_id or "", GPT2.revision or "", weights=False)
    assert build_spec({"model": "gpt2"}).variant.weights == "random"
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model-1.safetensors").write_text("")
    assert hub.cached_model(GPT2.hub_id or "", GPT2.revision or "") is None
    (folder / "model-2.safetensors").write_text("")
    assert hub.cached_model(GPT2.hub_id or "", GPT2.revision or "") == folder


def test_an_old_spec_had_trained_weights() -> None:
    assert VariantSpec.model_validate_json('{"model": "smollm2-135m"}').weights == "trained"


def test_trained_weights_out_of_reach_are_refused_and_closed_with_the_reason() -> None:
    found = problem({"model": "gpt2", "weights": "trained"})
    assert (found.field, found.valid) == ("weights", ("random",))
    assert "huggingface.co is not in reach" in found.reason
    assert str(hub.cache_folder()) in found.reason
    levers = {"model": "gpt2", "weights": "random", "device": "cpu"}
    assert "not in reach" in (why_closed("weights", "trained", levers, HERE) or "")
    assert why_closed("weights", "random", levers, HERE) is None
    assert why_closed("weights", "trained", {**levers, "model": "smollm2-135m"}, HERE) is None


def test_a_model_that_cannot_be_closes_no_lever() -> None:
    levers = {"model": "no such", "weights": "trained", "device": "cpu", "precision": "fp32"}
    assert why_closed("precision", "bf16", levers, HERE) is None


def test_random_weights_need_a_known_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    in_reach(monkeypatch)
    found = problem({"model": "owner/model", "weights": "random"})
    assert (found.field, found.valid) == ("weights", ("trained",))
    assert "config of owner/model is not known" in found.reason
    put_in_cache("owner/model", "0" * 40, "main", weights=False)
    assert problems(build_spec({"model": "owner/model", "weights": "random"}), HERE) == ()


def test_a_hub_model_out_of_reach_whose_shape_is_unknown_is_refused_as_a_whole() -> None:
    found = problem({"model": "owner/model"})
    assert found.field == "model"
    assert "no local folder owner/model" in found.reason


@pytest.mark.parametrize("model", ["smollm2-135m", "folder"])
def test_what_is_here_may_be_random_too(model: str, tiny_model_folder: Path) -> None:
    name = str(tiny_model_folder) if model == "folder" else model
    spec = build_spec({"model": name, "weights": "random"})
    assert problems(spec, HERE) == ()
    assert source.model_of(spec.variant).folder.parent.name == "random"


def test_a_hub_id_of_the_catalogue_is_that_model() -> None:
    spec = build_spec({"model": "openai-community/GPT2"})
    assert (spec.variant.model, spec.variant.revision) == ("gpt2", None)


def test_a_revision_is_kept_unless_it_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    in_reach(monkeypatch)
    named = build_spec({"model": "owner/model@v1.0"}).variant
    assert (named.model, named.revision) == ("owner/model", "v1.0")
    assert named == build_spec({"model": "owner/model", "revision": "v1.0"}).variant
    assert build_spec({"model": "owner/model@main"}).variant.revision is None
    assert build_spec({"model": "gpt2", "revision": GPT2.revision}).variant.revision is None
    other = build_spec({"model": "gpt2", "revision": "main"})
    assert other.variant.revision == "main"
    assert source.model_of(other.variant).revision == "main"
    assert build_spec(flat_values(other)) == other


@pytest.mark.parametrize("revision", ["../x", "a b", "-v", "a..b", "x" * 201, "@"])
def test_what_can_be_no_revision_is_refused(revision: str) -> None:
    with pytest.raises(RequestError) as caught:
        build_spec({"model": "gpt2", "revision": revision})
    assert caught.value.field == "revision"


@pytest.mark.parametrize("model", ["smollm2-135m", "folder"])
def test_only_hub_models_have_revisions(model: str, tiny_model_folder: Path) -> None:
    name = str(tiny_model_folder) if model == "folder" else model
    with pytest.raises(RequestError, match="only models from a hub") as caught:
        build_spec({"model": name, "revision": "main"})
    assert caught.value.field == "revision"


def test_two_revisions_at_once_are_refused() -> None:
    with pytest.raises(RequestError, match="says revision v1"):
        build_spec({"model": "owner/model@v1", "revision": "v2"})


@pytest.mark.parametrize(
    "name",
    [
        "https://huggingface.co/gpt2",
        "owner/../x",
        "owner/name/part",
        "/owner/name",
        "owner/",
        "owner/na me",
        "owner/a--b",
        "../x",
        "ownér/name",
    ],
)
def test_what_is_no_hub_id_is_an_unknown_model(name: str) -> None:
    with pytest.raises(RequestError, match="no such model or folder"):
        find_model(name)


def test_a_folder_goes_before_a_hub_id_of_that_name(
    tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_model_folder.parent.parent)
    name = f"{tiny_model_folder.parent.name}/{tiny_model_folder.name}"
    assert find_model(name).folder == tiny_model_folder


def test_the_hub_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    in_reach(monkeypatch)
    monkeypatch.setenv("TRADEOFFS_HUB", "off")
    with pytest.raises(RequestError, match="TRADEOFFS_HUB=off"):
        build_spec({"model": "owner/model"})
    assert build_spec({"model": "gpt2"}).variant.weights == "random"
    assert "TRADEOFFS_HUB=off" in problem({"model": "gpt2", "weights": "trained"}).reason


@pytest.mark.usefixtures("bundled_model")
def test_a_random_models_prompt_is_counted_with_the_bundled_tokenizer() -> None:
    random = find_model("gpt2", build_spec({"model": "gpt2"}).variant.weights)
    assert count_tokens(random, "The quick brown fox") == 4
    assert count_tokens(find_model("gpt2"), "The quick brown fox") is None
