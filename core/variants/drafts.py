"""Which model can guess for which: a draft needs the same vocabulary, and to be smaller."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import RequestError
from core.variants.footprint import weights_bytes
from core.variants.models import Model, catalogue, find_model, shape_of
from core.variants.source import support, usual_weights
from core.variants.spec import RunSpec


def draft_problems(model: Model, draft: str | None) -> list[RequestError]:
    """Why that draft cannot guess for the model; empty where it can, and without a draft."""
    if draft is None:
        return []
    try:
        reason = _unfit(model, draft_of(draft))
    except RequestError as error:
        return [RequestError("draft_model", draft, error.reason, error.valid)]
    return [RequestError("draft_model", draft, reason)] if reason else []


def draft_of(name: str) -> Model:
    """The draft of that name, with trained weights where they can be had, else random ones.

    Raises RequestError for an unknown name.
    """
    return find_model(name, usual_weights(find_model(name)))


def draft_bytes(spec: RunSpec) -> int:
    """Bytes of the weights of the spec's draft, stored as the variant's are; 0 without a draft, and
    where its sizes are not known.

    Raises RequestError for an unknown name.
    """
    draft = spec.workload.draft_model
    shape = shape_of(draft_of(draft)) if draft else None
    return weights_bytes(shape, spec.variant) if shape else 0


def _unfit(model: Model, draft: Model) -> str | None:
    here = support(draft)
    if not here.usable:
        return here.explanation
    mine, its = shape_of(model), shape_of(draft)
    if mine is None or its is None:
        return "its sizes are not known."
    if mine.vocabulary != its.vocabulary:
        return (
            f"its vocabulary has {its.vocabulary} tokens, that of {model.key} {mine.vocabulary}: "
            "their tokens mean different texts."
        )
    if its.parameters >= mine.parameters:
        return f"it is no smaller than {model.key}, so its guesses would cost what they save."
    vocabularies = [_vocabulary(entry.tokenizer_folder) for entry in (model, draft)]
    if None not in vocabularies and vocabularies[0] != vocabularies[1]:
        return f"its vocabulary is another than that of {model.key}."
    return None


def _vocabulary(folder: Path) -> Any:
    """Token -> id as the folder's tokenizer has it; None until the model has been prepared."""
    file = folder / "tokenizer.json"
    return _read_vocabulary(file, file.stat().st_mtime_ns) if file.exists() else None


@lru_cache(maxsize=4)
def _read_vocabulary(file: Path, _stamp: int) -> Any:
    return json.loads(file.read_text(encoding="utf-8")).get("model", {}).get("vocab")


def drafts_for(model: Model) -> list[Model]:
    """The catalogue's models that can guess for this one, the smallest first."""
    fitting = [draft for draft in catalogue().values() if not draft_problems(model, draft.key)]
    return sorted(fitting, key=lambda draft: draft.parameters or 0)
