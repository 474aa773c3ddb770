"""One batch through `generate`, as every policy but continuous batching serves it.

Prompts are padded on the left to the longest, with a mask; all rows get as many tokens as the
longest answer. No token ends a row, so that answers are as long as they were asked for.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import GenerationConfig, StoppingCriteriaList

from core.engine.cancellation import Cancellation
from core.engine.device import Device
from core.engine.instruments import StampTokens, StopWhenCancelled
from core.engine.loader import Loaded
from core.errors import RunError

NO_TOKEN = -1
"""Ends no row; where none is named, `generate` takes the model's own end of sequence."""


@dataclass(frozen=True)
class BatchTimes:
    """Readings of the clock, in seconds: when the batch was taken up, when `generate` was called,
    when each token was there, and when all answers were.
    """

    began_s: float
    called_s: float
    token_s: tuple[float, ...]
    ended_s: float

    @property
    def overhead_s(self) -> float:
        """Seconds outside of the steps: making the inputs, and handing over the answers."""
        return (self.called_s - self.began_s) + (self.ended_s - self.token_s[-1])


class BatchRunner:
    """A loaded variant that serves one batch after the other."""

    def __init__(self, loaded: Loaded, device: Device, cancellation: Cancellation) -> None:
        self._loaded = loaded
        self._device = device
        self._cancellation = cancellation

    def run(self, prompts: Sequence[Sequence[int]], new_tokens: int) -> BatchTimes:
        """Generate so many tokens for each prompt; raises RunCancelled between two tokens, and
        RunError where another number came.
        """
        device, rows = self._device, len(prompts)
        began_s = time.perf_counter()
        ids, mask = self._padded(prompts)
        stamps = StampTokens(rows, device)
        device.synchronise()
        called_s, start = time.perf_counter(), device.stamp()
        with self._loaded.attention_kernel():
            sequences = self._loaded.model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._config(new_tokens),
                stopping_criteria=StoppingCriteriaList(
                    [StopWhenCancelled(self._cancellation, rows, device), stamps]
                ),
            )
        device.synchronise()
        ended_s = time.perf_counter()
        came = sequences.shape[1] - ids.shape[1]
        if came != new_tokens:
            raise RunError(f"{came} tokens came, {new_tokens} were asked.")
        since = stamps.seconds(start, ids.shape[1])
        return BatchTimes(began_s, called_s, tuple(called_s + s for s in since), ended_s)

    def _padded(self, prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and mask, both (rows, longest prompt)."""
        longest, padding = max(map(len, prompts)), self._loaded.tokenizer.pad_token_id
        rows = [[padding] * (longest - len(ids)) + list(ids) for ids in prompts]
        masks = [[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts]
        target = self._device.torch_device
        return (
            torch.tensor(rows, dtype=torch.long, device=target),
            torch.tensor(masks, dtype=torch.long, device=target),
        )

    def _config(self, new_tokens: int) -> GenerationConfig:
        return GenerationConfig(
            max_new_tokens=new_tokens,
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            use_cache=True,
            disable_compile=True,
            eos_token_id=NO_TOKEN,
            pad_token_id=self._loaded.tokenizer.pad_token_id,
        )
