"""The vocabulary, as llama.cpp's C interface would tell it."""

import importlib
import sys
from types import ModuleType
from typing import Any

import pytest

MODULE = "core.engine.adapters.llama_cpp.model"
PIECES = {1: b" a", 2: b"<|end|>", 3: b"x" * 300}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Of four tokens, of which 0 and 2 end a text and 2 is special."""
    library = ModuleType("llama_cpp")
    functions = {
        "llama_vocab_is_eog": lambda _, token: token in (0, 2),
        "llama_token_to_piece": token_to_piece,
    }
    vars(library).update(functions)
    vars(library)["__getattr__"] = lambda _: object
    monkeypatch.setitem(sys.modules, "llama_cpp", library)
    for name in (MODULE, "core.engine.adapters.llama_cpp.log"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    kind = importlib.import_module(MODULE).Model
    for name in (MODULE, "core.engine.adapters.llama_cpp.log"):
        monkeypatch.delitem(sys.modules, name)
    made = kind.__new__(kind)
    made._vocabulary, made.vocabulary = None, 4
    return made


def token_to_piece(_: Any, token: int, buffer: Any, size: int, __: int, special: bool) -> int:
    piece = b"" if token == 2 and not special else PIECES[token]
    if len(piece) > size:
        return -len(piece)
    buffer[: len(piece)] = piece
    return len(piece)


def test_all_tokens_that_end_a_text_end_a_row(model: Any) -> None:
    assert model.ends == {0, 2}


def test_a_special_token_has_a_text_where_it_is_asked_for(model: Any) -> None:
    assert model.decode([1, 2, 1]) == " a a"
    assert model.decode([1, 2, 1], skip_special_tokens=False) == " a<|end|> a"


def test_a_long_piece_is_whole(model: Any) -> None:
    assert model.piece(3) == b"x" * 300
