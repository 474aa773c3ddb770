"""A model folder's tokenizer for engines without torch: the tokens that transformers would give."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from core.engine.divergence import Encoded
from core.engine.drawing import synthetic_ids
from core.errors import LoadFailed
from core.variants.spec import Workload

SPECIAL = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token",
           "mask_token", "additional_special_tokens", "extra_special_tokens")  # fmt: skip


class Tokens:
    """`ends` are the ids that end a row, `padding` what a shorter row is filled with. Raises
    LoadFailed where the folder has no tokenizer of this kind.
    """

    def __init__(self, folder: Path) -> None:
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise LoadFailed(f"{folder.name} has no tokenizer.json.")
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._settings = _read(folder / "tokenizer_config.json")
        config = _read(folder / "config.json")
        known = {**config, **_read(folder / "generation_config.json")}
        self.vocabulary = int(config["vocab_size"])
        self.ends = frozenset(_listed(known.get("eos_token_id")))
        self.padding = self._padding()

    def encode(self, text: str) -> list[int]:
        """The ids of a text, with the special ones that the tokenizer adds by itself."""
        return list(self._tokenizer.encode(text).ids)

    def encoded(self, text: str) -> Encoded:
        """The ids of a text, and how many of its bytes those after the first one cover."""
        found = self._tokenizer.encode(text)
        ends = [end for _, end in found.offsets]
        scored = text[ends[0] : max(ends)] if ends else ""
        return Encoded(list(found.ids), len(scored.encode()))

    @property
    def beginning(self) -> int | None:
        """The id of the token that begins a text; None where there is none."""
        name = self._settings.get("bos_token")
        return None if name is None else self._id(name)

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """The text of some ids."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=skip_special_tokens))

    def prompt_ids(self, workload: Workload) -> list[int]:
        """The whole prompt: the text's ids, or synthetic ones drawn with the seed."""
        if workload.prompt is not None:
            return self.encode(workload.prompt)
        count = workload.prompt_tokens or 1
        return synthetic_ids(self._special_ids(), self.vocabulary, count, workload.seed)

    def _special_ids(self) -> frozenset[int]:
        texts = (text for name in SPECIAL for text in _listed(self._settings.get(name)))
        return frozenset(i for i in map(self._id, texts) if i is not None)

    def _padding(self) -> int:
        """The padding token's id, else that of the end."""
        names = (self._settings.get("pad_token"), self._settings.get("eos_token"))
        found = [i for name in names for i in map(self._id, _listed(name)) if i is not None]
        return found[0] if found else min(self.ends, default=0)

    def _id(self, token: Any) -> int | None:
        """Of a token as it is written down: its text, or its text among its properties."""
        text = token["content"] if isinstance(token, dict) else token
        found: int | None = self._tokenizer.token_to_id(str(text))
        return found


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _read(file: Path) -> dict[str, Any]:
    """A JSON object; empty where there is no such file."""
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
