"""From a workload to the tokens that a model is given: a text's or synthetic ones, padded left."""

from dataclasses import dataclass
from typing import Any

import torch

from core.engine.device import Device
from core.engine.drawing import synthetic_ids
from core.variants.lengths import row_lengths
from core.variants.spec import Workload


@dataclass(frozen=True)
class Inputs:
    """`input_ids` and `attention_mask`, both (batch, longest prompt), on the device; `lengths`
    are each row's tokens without padding.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    lengths: tuple[int, ...]

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the longest row."""
        return self.input_ids.shape[1]


def prompt_ids(tokenizer: Any, workload: Workload, vocabulary: int) -> list[int]:
    """Token ids of the whole prompt: the text's, or synthetic ones drawn with the seed."""
    if workload.prompt is not None:
        return list(tokenizer(workload.prompt)["input_ids"])
    special, count = tokenizer.all_special_ids, workload.prompt_tokens or 1
    return synthetic_ids(special, vocabulary, count, workload.seed)


def batch_of(ids: list[int], workload: Workload, padding: int, device: Device) -> Inputs:
    """The prompt for each row, shorter rows keeping its last tokens, padded on the left."""
    lengths = row_lengths(workload, len(ids))
    longest = max(lengths)
    rows = [[padding] * (longest - n) + ids[len(ids) - n :] for n in lengths]
    masks = [[0] * (longest - n) + [1] * n for n in lengths]
    return Inputs(
        torch.tensor(rows, dtype=torch.long, device=device.torch_device),
        torch.tensor(masks, dtype=torch.long, device=device.torch_device),
        lengths,
    )
