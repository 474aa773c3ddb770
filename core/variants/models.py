"""The models that can be picked: the bundled one, the catalogue, local folders and hub ids.

Each with trained or random weights, and where those lie. Whether they can be had on this machine
is told by `core.variants.source`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import RequestError
from core.home import models_folder
from core.variants import hub
from core.variants.bundled_file import bundled_source
from core.variants.catalogue import Entry, entries, entry_of_hub_id
from core.variants.local_folder import (
    existing_folder,
    existing_gguf,
    odd_letter,
    refuse_outside_roots,
    refuse_unsafe_folder,
    refuse_unsound_gguf,
)
from core.variants.shapes import ModelShape, shape_of_config, shape_of_folder
from core.variants.weights import Weights

BUNDLED_KEY = "smollm2-135m"
OTHER_MODELS = ("a local folder's path", "a GGUF file's path", "a hub's owner/name")


@dataclass(frozen=True)
class Model:
    """One model with its weights. `folder` is where they lie once they have been prepared, and
    `tokenizer_folder` where the tokenizer lies that they are used with.

    `gguf` is a file that llama.cpp reads, which is then all there is of the model; `folder` is it.
    `revision` is the hub's commit, branch or tag that is asked for; `parameters` and `config`, from
    which random weights are made, are None where they are not known here. Of a `served` model
    nothing is known here but its name, whatever else goes by that name.
    """

    key: str
    label: str
    summary: str
    licence: str
    folder: Path
    bundled: bool
    parameters: int | None = None
    hub_id: str | None = None
    revision: str | None = None
    gated: bool = False
    config: Mapping[str, Any] | None = field(default=None, hash=False, compare=False)
    weights: Weights = Weights.TRAINED
    own_tokenizer_folder: Path | None = None
    gguf: Path | None = None
    served: bool = False

    @property
    def size(self) -> str:
        """Its parameters in a few characters; empty where they are not known."""
        count = self.parameters or 0
        return f"{count / 1e9:.1f} B" if count >= 1e9 else f"{count / 1e6:.0f} M" if count else ""

    @property
    def random(self) -> bool:
        """Whether its weights are random."""
        return self.weights is Weights.RANDOM

    @property
    def tokenizer_folder(self) -> Path:
        """Its own tokenizer's folder, or, where random weights have none here, the bundled one's,
        whose ids every vocabulary of the catalogue has.
        """
        if not self.random:
            return self.folder
        return self.own_tokenizer_folder or models_folder() / BUNDLED_KEY

    @property
    def prepared(self) -> bool:
        """Whether its weights are on this machine, ready to be loaded."""
        if self.hub_id and not self.random:
            return hub.cached_model(self.hub_id, self.revision or "") is not None
        return self.folder.is_dir()


def catalogue() -> dict[str, Model]:
    """All models that are known by name, with trained weights, in the order of the menu."""
    return {key: _of_entry(entry, entry.revision) for key, entry in entries().items()}


def find_model(name: str, weights: Weights = Weights.TRAINED, revision: str | None = None) -> Model:
    """The model of that name of the catalogue, local folder, or hub id, with those weights.

    Raises RequestError for an unknown name, for a folder that is not allowed or not safe to load,
    and for a revision of what has none.
    """
    model = _trained(name, revision)
    if revision is not None and model.hub_id is None:
        reason = "only models from a hub have revisions."
        raise RequestError("revision", revision, reason, ("leave it out",))
    return _randomised(model) if weights is Weights.RANDOM else model


def served_model(name: str) -> Model:
    """A model that a server goes by that name with; nothing of it lies here."""
    return Model(
        key=name,
        label=name,
        summary="Served by an endpoint.",
        licence="see the server",
        folder=models_folder() / "served",
        bundled=False,
        served=True,
    )


def _trained(name: str, revision: str | None) -> Model:
    entry = entries().get(name)
    if entry:
        return _of_entry(entry, revision or entry.revision)
    folder, file = existing_folder(name), existing_gguf(name)
    if folder:
        return _of_folder(folder)
    if file:
        return _of_gguf(file)
    hub_id = hub.split_hub_id(name)
    if hub_id is None:
        valid = (*entries(), *OTHER_MODELS)
        raise RequestError(
            "model", name, f"there is no such model or folder{odd_letter(name)}.", valid
        )
    return _of_hub_id(hub_id[0], revision or hub_id[1])


def _of_entry(entry: Entry, revision: str | None) -> Model:
    bundled = entry.hub_id is None
    family = f"{entry.config['model_type']} architecture"
    return Model(
        key=entry.key,
        label=entry.label,
        summary=f"{entry.parameters / 1e6:,.0f} M parameters, {family}. {entry.note}".strip(),
        licence=entry.licence,
        folder=models_folder() / entry.key
        if entry.hub_id is None
        else _hub_folder(entry.hub_id, revision or hub.DEFAULT_BRANCH),
        bundled=bundled,
        parameters=entry.parameters,
        hub_id=entry.hub_id,
        revision=revision,
        gated=entry.gated,
        config=entry.config,
    )


def _of_folder(folder: Path) -> Model:
    refuse_outside_roots(folder)
    refuse_unsafe_folder(folder)
    return Model(
        key=str(folder),
        label=folder.name,
        summary="Local folder.",
        licence="not stated",
        folder=folder,
        bundled=False,
        config=json.loads((folder / "config.json").read_text(encoding="utf-8")),
    )


def _of_gguf(file: Path) -> Model:
    refuse_outside_roots(file)
    refuse_unsound_gguf(file)
    return Model(
        key=str(file),
        label=file.name,
        summary="Local GGUF file, for llama.cpp.",
        licence="not stated",
        folder=file,
        bundled=False,
        gguf=file,
    )


def _of_hub_id(hub_id: str, revision: str | None) -> Model:
    entry = entry_of_hub_id(hub_id)
    if entry:
        return _of_entry(entry, revision or entry.revision)
    if not hub.hub_allowed():
        reason = f"there is no such model or folder, and hub ids are refused ({hub.SWITCH}=off)."
        raise RequestError("model", hub_id, reason, (*entries(), OTHER_MODELS[0]))
    wanted = revision or hub.DEFAULT_BRANCH
    return Model(
        key=hub_id,
        label=hub_id,
        summary="From the hub, not in the catalogue.",
        licence="see the hub",
        folder=_hub_folder(hub_id, wanted),
        bundled=False,
        hub_id=hub_id,
        revision=wanted,
        config=hub.cached_config(hub_id, wanted),
    )


def _hub_folder(hub_id: str, revision: str) -> Path:
    """The snapshot in the local cache, or where that of a commit will be."""
    found = hub.snapshot_folder(hub_id, revision)
    repository = f"models--{hub_id.replace('/', '--')}"
    return found or hub.cache_folder() / repository / "snapshots" / revision


def _randomised(model: Model) -> Model:
    """The model in its shape alone, in a folder named after its config."""
    text = json.dumps(model.config, sort_keys=True)
    name = model.key if model.key in entries() else model.label.replace("/", "--")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    own = model.folder if (model.folder / "tokenizer.json").exists() else None
    return replace(
        model,
        weights=Weights.RANDOM,
        folder=models_folder() / "random" / f"{name}-{digest}",
        own_tokenizer_folder=models_folder() / BUNDLED_KEY if model.bundled else own,
    )


def gguf_file_of(model: Model) -> Path | None:
    """The file of a model that llama.cpp reads; None where it has none here."""
    return bundled_source() if model.bundled else model.gguf


def shape_of(model: Model) -> ModelShape | None:
    """The model's sizes, from the catalogue or its files; None where they are not to be had."""
    if model.served:
        return None
    if model.key in entries():
        return shape_of_config(entries()[model.key].config)
    here = (model.folder, model.own_tokenizer_folder)
    shapes = (shape_of_folder(folder) for folder in here if folder)
    return next(filter(None, shapes), None) or shape_of_config(model.config or {})


def _bundled_shape() -> ModelShape:
    shape = shape_of_config(entries()[BUNDLED_KEY].config)
    assert shape is not None
    return shape


BUNDLED_SHAPE = _bundled_shape()
