"""A model that is not what it says it is."""

from pathlib import Path


def with_fewer_rows(folder: Path, rows: int) -> None:
    """Give the model in that folder a vocabulary of so many tokens; its tokenizer keeps its own."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder)
    model.resize_token_embeddings(rows)
    model.save_pretrained(folder)
