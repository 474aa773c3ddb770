"""One generation, again and again alike: settings, cache, draft, and what it gave."""

from collections import Counter
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from core.engine.cancellation import Cancellation
from core.engine.device import Device, timed
from core.engine.endings import row_ends
from core.engine.inputs import batch_of, prompt_ids
from core.engine.instruments import ForwardCounter, StampTokens, StopWhenCancelled
from core.engine.kv_caches import CacheMaker
from core.engine.loader import Loaded
from core.engine.row_end import LENGTH, RowEnd
from core.engine.token_texts import token_texts
from core.errors import RunError
from core.results.measured import Output
from core.variants.decoding import Decoding
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.spec import StopRule, Workload
from core.variants.weights import Weights


def generation_config(loaded: Loaded, workload: Workload, new_tokens: int) -> GenerationConfig:
    """Greedy settings from the workload alone; of the model's own it keeps the special tokens.

    A fixed-length workload forbids the end of sequence until the last token.
    """
    own = loaded.model.generation_config
    lookup = workload.decoding is Decoding.PROMPT_LOOKUP
    return GenerationConfig(
        max_new_tokens=new_tokens,
        min_new_tokens=new_tokens if workload.stop is StopRule.FIXED else None,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,
        no_repeat_ngram_size=workload.no_repeat_ngram_size,
        stop_strings=list(workload.stop_strings) or None,
        max_time=workload.time_limit_s,
        prompt_lookup_num_tokens=workload.draft_tokens if lookup else None,
        use_cache=workload.kv_cache is not KVCache.OFF,
        disable_compile=True,
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id,
        pad_token_id=loaded.tokenizer.pad_token_id,
    )


def draft_config(draft: Loaded, tokens: int) -> GenerationConfig:
    """Always so many guesses: a number that adapts would make each run another workload."""
    own = draft.model.generation_config
    return GenerationConfig(
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id,
        pad_token_id=own.pad_token_id,
        num_assistant_tokens=tokens,
        num_assistant_tokens_schedule="constant",
        assistant_confidence_threshold=0.0,
    )


class Generation:
    """A loaded variant and its inputs, ready to generate again and again alike.

    `draft` guesses tokens where the workload's decoding is speculative.
    """

    def __init__(
        self,
        loaded: Loaded,
        workload: Workload,
        device: Device,
        cancellation: Cancellation,
        draft: Loaded | None = None,
    ) -> None:
        padding = loaded.tokenizer.pad_token_id
        ids = prompt_ids(loaded.tokenizer, workload, loaded.model.config.vocab_size)
        self.device = device
        self.workload = workload
        self.loaded = loaded
        self.draft = draft
        self.inputs = batch_of(ids, workload, padding, device)
        self.new_tokens_cap = new_tokens_cap(workload, self.inputs.prompt_tokens)
        self._config = generation_config(loaded, workload, self.new_tokens_cap)
        self._cancel = StopWhenCancelled(cancellation, workload.batch_size, device)
        length = self.inputs.prompt_tokens + self.new_tokens_cap
        self._caches = CacheMaker(loaded, workload.kv_cache, workload.batch_size, length)

    def run(self, *instruments: StoppingCriteria) -> torch.Tensor:
        """Generate once; (batch, prompt + new tokens)."""
        return self.run_with_cache(*instruments)[0]

    def run_with_cache(self, *instruments: StoppingCriteria) -> tuple[torch.Tensor, Any]:
        """Generate once; the sequences and the cache as it was left, None where there is none."""
        cache = self._caches.make()
        with self.loaded.attention_kernel():
            sequences = self.loaded.model.generate(
                input_ids=self.inputs.input_ids,
                attention_mask=self.inputs.attention_mask,
                past_key_values=cache,
                generation_config=self._config,
                stopping_criteria=StoppingCriteriaList([self._cancel, *instruments]),
                **self._helpers(),
            )
        return sequences, cache

    def headline(self) -> tuple[float, int]:
        """Seconds of a generation without instruments, and the real tokens of all its rows."""
        elapsed, sequences = timed(self.device, self.run)
        return elapsed, sum(self.count_new(sequences))

    def step(self) -> tuple[tuple[float, ...], int]:
        """Seconds from the start of a generation to each of its tokens, and the real tokens of all
        its rows.
        """
        with ForwardCounter(self.loaded if self.guesses else None) as counter:
            passes = counter.passes if self.guesses else None
            instrument = StampTokens(self.workload.batch_size, self.device, passes)
            self.device.synchronise()
            start = self.device.stamp()
            sequences = self.run(instrument)
        seconds = instrument.seconds(start, self.inputs.prompt_tokens)
        return seconds, sum(self.count_new(sequences))

    def _helpers(self) -> dict[str, Any]:
        """What generation needs beside inputs and settings."""
        helpers: dict[str, Any] = {}
        if self.workload.stop_strings:
            helpers["tokenizer"] = self.loaded.tokenizer
        if self.draft is not None:
            model = self.draft.model
            model.generation_config = draft_config(self.draft, self.workload.draft_tokens)
            helpers["assistant_model"] = model
        return helpers

    def empty_cache(self) -> Any:
        """The cache that a generation begins with; None where none is kept."""
        return self._caches.make()

    @property
    def kept_bytes(self) -> int:
        """What it holds between two generations besides the weights: a static cache."""
        return self._caches.kept_bytes

    @property
    def guesses(self) -> bool:
        """Whether tokens are guessed, so that a pass may give several."""
        return self.workload.decoding is not Decoding.GREEDY

    @property
    def shape(self) -> tuple[object, ...]:
        """What decides which compiled graphs a run needs; rows that are padded have a mask."""
        workload, inputs = self.workload, self.inputs
        return (
            *inputs.input_ids.shape,
            self.new_tokens_cap,
            workload.kv_cache,
            workload.decoding,
            workload.draft_tokens,
            min(inputs.lengths) < inputs.prompt_tokens,
        )

    def describe(self, sequences: torch.Tensor) -> Output:
        """The first row's text and tokens, and each row's counts, of a finished generation.

        Random weights have no text worth reading.
        """
        counts = self.count_new(sequences)
        random = self.loaded.variant.weights is Weights.RANDOM
        kept = self.new_tokens(sequences)[0].tolist()[: counts[0]]
        text = "" if random else self.loaded.tokenizer.decode(kept, skip_special_tokens=True)
        return Output(
            text=text,
            token_ids=tuple(kept),
            token_texts=token_texts(self.loaded.tokenizer, kept, text),
            prompt_tokens=self.inputs.prompt_tokens,
            prompt_lengths=self.inputs.lengths,
            new_tokens=counts,
        )

    def new_tokens(self, sequences: torch.Tensor) -> torch.Tensor:
        """The generated part, (batch, new tokens)."""
        return sequences[:, self.inputs.prompt_tokens :]

    def count_new(self, sequences: torch.Tensor) -> tuple[int, ...]:
        """Real tokens of each row: to its end of sequence or stop string, never padding after it.

        Raises RunError where a fixed-length workload got another number.
        """
        return tuple(end.new_tokens for end in self.ends(sequences))

    def stopped_by(self, sequences: torch.Tensor) -> dict[str, int]:
        """How many rows were ended by what."""
        return dict(Counter(end.reason for end in self.ends(sequences)))

    def ends(self, sequences: torch.Tensor) -> tuple[RowEnd, ...]:
        """Where each row ends; raises RunError where a fixed length was missed."""
        new = self.new_tokens(sequences)
        if self.workload.stop is StopRule.NATURAL:
            tokenizer = self.loaded.tokenizer
            return row_ends(sequences, self.inputs.prompt_tokens, self._config, tokenizer)
        if new.shape[1] != self.new_tokens_cap:
            raise RunError(f"{new.shape[1]} tokens came, {self.new_tokens_cap} were asked.")
        return (RowEnd(new.shape[1], LENGTH),) * new.shape[0]
