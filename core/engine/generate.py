"""One generation: inputs, settings, and the hooks that stop it or stamp its tokens."""

from dataclasses import dataclass
from typing import Any, cast

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from core.engine.cancellation import Cancellation
from core.engine.device import Device
from core.engine.loader import Loaded
from core.errors import RunError
from core.results.types import Output
from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache
from core.variants.spec import StopRule, Workload


@dataclass(frozen=True)
class Inputs:
    """`input_ids` and `attention_mask`, both (batch, prompt_tokens), on the device."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor

    @property
    def prompt_tokens(self) -> int:
        """Tokens per row."""
        return self.input_ids.shape[1]


def prompt_ids(tokenizer: Any, workload: Workload, vocabulary: int) -> list[int]:
    """Token ids of one row: the text's, or synthetic ones drawn with the workload's seed."""
    if workload.prompt is not None:
        return list(tokenizer(workload.prompt)["input_ids"])
    generator = torch.Generator().manual_seed(workload.seed)
    special = set(tokenizer.all_special_ids)
    ordinary = torch.tensor([i for i in range(vocabulary) if i not in special])
    picks = torch.randint(len(ordinary), (workload.prompt_tokens or 1,), generator=generator)
    return [int(token) for token in ordinary[picks]]


def batch_of(ids: list[int], workload: Workload, device: Device) -> Inputs:
    """The row repeated for each sequence of the batch."""
    row = torch.tensor([ids], dtype=torch.long, device=device.torch_device)
    input_ids = row.repeat(workload.batch_size, 1)
    return Inputs(input_ids, torch.ones_like(input_ids))


def generation_config(loaded: Loaded, workload: Workload) -> GenerationConfig:
    """Greedy settings from the workload alone; of the model's own it keeps the special tokens.

    A fixed-length workload forbids the end of sequence until the last token.
    """
    own = loaded.model.generation_config
    cached = workload.kv_cache is KVCache.ON
    static = cached and loaded.variant.compile is Compilation.ON
    return GenerationConfig(
        max_new_tokens=workload.max_new_tokens,
        min_new_tokens=workload.max_new_tokens if workload.stop is StopRule.FIXED else None,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,
        use_cache=cached,
        cache_implementation="static" if static else None,
        disable_compile=True,
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id,
        pad_token_id=loaded.tokenizer.pad_token_id,
    )


def _go_on(batch_size: int, device: Device) -> torch.BoolTensor:
    """What a criterion answers that stops no row: (batch,) of False."""
    return cast(
        torch.BoolTensor, torch.zeros(batch_size, dtype=torch.bool, device=device.torch_device)
    )


class StopWhenCancelled(StoppingCriteria):
    """Reads the cancel flag on the host between tokens; ends generation by raising."""

    def __init__(self, cancellation: Cancellation, batch_size: int, device: Device) -> None:
        self._cancellation = cancellation
        self._go_on = _go_on(batch_size, device)

    def __call__(self, *_: Any, **__: Any) -> torch.BoolTensor:
        """False for each row, or RunCancelled."""
        self._cancellation.check()
        return self._go_on


class StampTokens(StoppingCriteria):
    """Stamps the time of each token as it is chosen; never stops anything."""

    def __init__(self, batch_size: int, device: Device) -> None:
        self.stamps: list[Any] = []
        self._device = device
        self._go_on = _go_on(batch_size, device)

    def __call__(self, *_: Any, **__: Any) -> torch.BoolTensor:
        """Note the time; False for each row."""
        self.stamps.append(self._device.stamp())
        return self._go_on


class Generation:
    """A loaded variant and its inputs, ready to generate again and again alike."""

    def __init__(
        self, loaded: Loaded, workload: Workload, device: Device, cancellation: Cancellation
    ) -> None:
        ids = prompt_ids(loaded.tokenizer, workload, loaded.model.config.vocab_size)
        self.device = device
        self.workload = workload
        self.loaded = loaded
        self.inputs = batch_of(ids, workload, device)
        self._config = generation_config(loaded, workload)
        self._cancel = StopWhenCancelled(cancellation, workload.batch_size, device)

    def run(self, *instruments: StoppingCriteria, keep_cache: bool = False) -> Any:
        """Generate once. The output's `sequences` are (batch, prompt + new tokens)."""
        return self.loaded.model.generate(
            input_ids=self.inputs.input_ids,
            attention_mask=self.inputs.attention_mask,
            generation_config=self._config,
            stopping_criteria=StoppingCriteriaList([self._cancel, *instruments]),
            return_dict_in_generate=keep_cache,
        )

    @property
    def shape(self) -> tuple[object, ...]:
        """What decides which compiled graphs a run needs."""
        workload = self.workload
        return (*self.inputs.input_ids.shape, workload.max_new_tokens, workload.kv_cache)

    def describe(self, sequences: torch.Tensor) -> Output:
        """The first row's text and tokens, and each row's count, of a finished generation."""
        counts = self.count_new(sequences)
        kept = self.new_tokens(sequences)[0].tolist()[: counts[0]]
        return Output(
            text=self.loaded.tokenizer.decode(kept, skip_special_tokens=True),
            token_ids=tuple(kept),
            prompt_tokens=self.inputs.prompt_tokens,
            new_tokens=counts,
        )

    def new_tokens(self, sequences: torch.Tensor) -> torch.Tensor:
        """The generated part, (batch, new tokens)."""
        return sequences[:, self.inputs.prompt_tokens :]

    def count_new(self, sequences: torch.Tensor) -> tuple[int, ...]:
        """Real tokens of each row: to its end of sequence, never padding after it.

        Raises RunError where a fixed-length workload got another number.
        """
        new = self.new_tokens(sequences)
        if self.workload.stop is StopRule.FIXED:
            if new.shape[1] != self.workload.max_new_tokens:
                raise RunError(
                    f"{new.shape[1]} tokens came where {self.workload.max_new_tokens} were asked."
                )
            return (new.shape[1],) * new.shape[0]
        ends = self._config.eos_token_id
        stops = {ends} if isinstance(ends, int) else set(ends or ())
        return tuple(_until_stop(row, stops) for row in new.tolist())


def _until_stop(row: list[int], stops: set[int]) -> int:
    return next((i + 1 for i, token in enumerate(row) if token in stops), len(row))
