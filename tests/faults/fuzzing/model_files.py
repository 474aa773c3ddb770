"""A model's folder that somebody else made: its config and its weights' header, or refused."""

import random
import struct
from contextlib import suppress

from core.errors import RequestError
from core.variants.catalogue import entries
from core.variants.models import find_model, shape_of
from core.variants.shapes import shape_of_config
from core.variants.weights import Weights
from tests.faults.fuzzing.mutation import mutated_bytes, mutated_json
from tests.faults.fuzzing.target import Target, scratch_folder

FOLDER = scratch_folder()
HEADER = b'{"__metadata__":{},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
SEEDS = tuple(
    str(entry.config).replace("'", '"').replace("True", "true").replace("False", "false").encode()
    + b"\n"
    + HEADER
    for entry in entries().values()
)


def feed(data: bytes) -> None:
    """The first line is config.json, the rest the header of model.safetensors."""
    config, _, header = data.partition(b"\n")
    (FOLDER / "config.json").write_bytes(config)
    (FOLDER / "tokenizer.json").write_bytes(b"{}")
    (FOLDER / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(24))
    with suppress(RequestError):
        model = find_model(str(FOLDER))
        shape_of(model)
        shape_of_config(model.config or {})
        find_model(str(FOLDER), Weights.RANDOM)


def mutate(data: bytes, draw: random.Random) -> bytes:
    """One of the two changed within its JSON, or any bytes."""
    config, line, header = data.partition(b"\n")
    step = draw.random()
    if step < 0.45:
        return mutated_json(config, draw) + line + header
    return config + line + mutated_json(header, draw) if step < 0.9 else mutated_bytes(data, draw)


TARGET = Target("model_files", feed, SEEDS, ("num_attention_heads", "model_type", "shape"), mutate,
                soak_runs=40_000)  # fmt: skip
