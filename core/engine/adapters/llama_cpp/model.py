"""A GGUF file in llama.cpp's memory, and its vocabulary."""

import ctypes
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import llama_cpp

from core.engine.adapters.llama_cpp.log import EngineLog
from core.errors import LoadFailed

USUAL_PIECE = 256  # bytes


class Model:
    """The weights and the vocabulary; contexts are made of it. Raises LoadFailed."""

    def __init__(self, path: Path, log: EngineLog) -> None:
        llama_cpp.llama_backend_init()
        log.clear()
        settings = llama_cpp.llama_model_default_params()
        settings.n_gpu_layers = 0
        self.pointer = llama_cpp.llama_model_load_from_file(str(path).encode(), settings)
        if not self.pointer:
            raise LoadFailed(f"llama.cpp cannot load {path.name}: {log.last_error()}")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self.pointer)
        self.vocabulary = int(llama_cpp.llama_vocab_n_tokens(self._vocabulary))
        self.context = int(llama_cpp.llama_model_n_ctx_train(self.pointer))
        self.weights_bytes = int(llama_cpp.llama_model_size(self.pointer))

    @cached_property
    def ends(self) -> frozenset[int]:
        """All tokens that end a text by llama.cpp's own judgement: of a sequence, of a turn, and
        what else it knows.
        """
        ends = llama_cpp.llama_vocab_is_eog
        return frozenset(t for t in range(self.vocabulary) if ends(self._vocabulary, t))

    @property
    def beginning(self) -> int | None:
        """The token that begins a text; None where there is none."""
        token = int(llama_cpp.llama_vocab_bos(self._vocabulary))
        return token if token >= 0 else None

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, with what the vocabulary puts before one."""
        data = text.encode()
        room = len(data) + 8
        ids = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocabulary, data, len(data), ids, room, True, True)
        return list(ids[:count])

    def piece(self, token: int, special: bool = False) -> bytes:
        """What a token adds to a text; a special one adds nothing unless asked for."""
        size, count = USUAL_PIECE, -1
        while count < 0:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(
                self._vocabulary, token, buffer, size, 0, special
            )
            size = -count  # what a longer one needs
        return buffer.raw[:count]

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """The text of tokens, with or without that of special ones."""
        pieces = (self.piece(token, not skip_special_tokens) for token in ids)
        return b"".join(pieces).decode(errors="replace")

    def close(self) -> None:
        """Free the weights."""
        if self.pointer:
            llama_cpp.llama_model_free(self.pointer)
            self.pointer = None
