"""The tokenizer without torch gives what transformers' gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from core.engine.adapters.tokens import Tokens
from core.engine.inputs import prompt_ids
from core.errors import LoadFailed
from core.variants.spec import Workload

TEXT = "Ein größerer Text, with <|im_start|>special\n\ttokens, 1234 and   blanks 🙂."


@pytest.fixture(scope="module")
def tokens(prepared_model: Path) -> Tokens:
    return Tokens(prepared_model)


@pytest.fixture(scope="module")
def theirs(prepared_model: Path) -> Any:
    return AutoTokenizer.from_pretrained(prepared_model)


def test_texts_have_the_same_tokens(tokens: Tokens, theirs: Any) -> None:
    ids = tokens.encode(TEXT)
    assert ids == theirs(TEXT)["input_ids"]
    for skip in (True, False):
        assert tokens.decode(ids, skip) == theirs.decode(ids, skip_special_tokens=skip)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_synthetic_prompts_are_the_same(tokens: Tokens, theirs: Any, seed: int) -> None:
    workload = Workload(prompt_tokens=500, seed=seed)
    assert tokens.prompt_ids(workload) == prompt_ids(theirs, workload, tokens.vocabulary)


def test_ends_and_padding_are_the_models_own(tokens: Tokens, theirs: Any) -> None:
    assert tokens.ends == {theirs.eos_token_id}
    assert tokens.padding == theirs.pad_token_id


def test_several_ends_are_all_known(prepared_model: Path, tmp_path: Path) -> None:
    for file in prepared_model.glob("*.json"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "generation_config.json").unlink()
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 7]}))
    assert Tokens(tmp_path).ends == {2, 7}


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=r"tokenizer\.json"):
        Tokens(tmp_path)
