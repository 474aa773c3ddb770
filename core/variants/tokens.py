"""Counts a prompt's tokens without loading the model or importing transformers."""

from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from core.variants.models import Model


def count_tokens(model: Model, text: str) -> int | None:
    """Tokens of the text, special ones included; None until the model has been prepared, and
    where its tokenizer's file is broken.
    """
    file = model.tokenizer_folder / "tokenizer.json"
    if not file.exists():
        return None
    try:
        return _count(file, file.stat().st_mtime_ns, text)
    except Exception:  # noqa: BLE001 - of a broken file the library raises nothing more special
        return None


@lru_cache(maxsize=8)
def _count(file: Path, stamp: int, text: str) -> int:
    """Kept, since one drawing of a page asks about the same prompt several times."""
    return len(_tokenizer(file, stamp).encode(text).ids)


@lru_cache(maxsize=2)
def _tokenizer(file: Path, _stamp: int) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    return tokenizer
