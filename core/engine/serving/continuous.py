"""transformers' own continuous batching, observed step by step.

Its manager runs in a thread of its own: requests are added at any time, and each step works waiting
prompts in beside a token for every row that decodes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from core.engine.cancellation import Cancellation
from core.engine.loader import Loaded
from core.engine.serving.batches import NO_TOKEN
from core.engine.serving.continuous_config import MAY_KEEP_ATTENTION, continuous_config, greedy
from core.engine.serving.prompts import Prompts
from core.errors import RunError
from core.variants.load_order import StepRange

STOP_S, WARM_LOOK_S = 30.0, 0.1


@dataclass(frozen=True)
class Row:
    """A request within a step: how many of its tokens were fed, how many were in the cache."""

    request: int
    fed: int
    cached: int
    has_token: bool

    @property
    def decodes(self) -> bool:
        """Whether it was one token after the first."""
        return self.cached > 0 and self.fed == 1


@dataclass(frozen=True)
class Step:
    """One step as it was observed, by the clock."""

    began_s: float
    ended_s: float
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Answer:
    """When each token of a request was there, by the clock."""

    request: int
    token_s: tuple[float, ...]


class ContinuousServer:
    """The manager over a loaded variant, running while this context is open. `on_step` is called
    in the manager's thread after every step.
    """

    def __init__(
        self,
        loaded: Loaded,
        sizes: StepRange,
        on_step: Callable[[Step], None] = lambda _: None,
    ) -> None:
        self.steps: list[Step] = []
        self._loaded = loaded
        self._sizes = sizes
        self._on_step = on_step
        self._asked: dict[int, int] = {}

    def __enter__(self) -> "ContinuousServer":
        model = self._loaded.model
        self._attention = model.config._attn_implementation
        self._kernel = self._loaded.attention_kernel()
        self._kernel.__enter__()
        try:
            self._manager = self._started()
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._manager.stop(block=True, timeout=STOP_S, hard_stop=True)
            self._manager.destroy()
        finally:
            self._restore()

    def add(self, request: int, prompt: list[int], new_tokens: int) -> None:
        """Let a request in, now; may be called from any thread."""
        self._asked[request] = new_tokens
        added = self._manager.add_request(
            prompt,
            request_id=str(request),
            max_new_tokens=new_tokens,
            record_timestamps=True,
            eos_token_id=NO_TOKEN,
        )
        if added is None:
            raise RunError("Continuous batching takes no more requests.")

    def warm_up(self, prompts: Prompts, new_tokens: int, cancellation: Cancellation) -> None:
        """Serve the longest prompt alone, then one for each row; its steps are forgotten."""
        for rows in dict.fromkeys((1, self._sizes.most_rows)):
            for row in range(rows):
                self.add(row, prompts.take(self._sizes.longest_prompt), new_tokens)
            answered = 0
            while answered < rows:
                cancellation.check()
                answered += self.answer(WARM_LOOK_S) is not None
        self.steps.clear()

    def answer(self, timeout_s: float) -> Answer | None:
        """The next request that is over, None where none is within that time.

        Raises RunError where a request failed or got another number of tokens than were asked.
        """
        output = self._manager.get_result(timeout=timeout_s)
        if output is None:
            if not self._manager.is_running():
                fatal = self._manager.background_thread_status.fatal_error
                raise RunError(f"Continuous batching ended: {fatal}")
            return None
        if output.error is not None:
            raise RunError(f"Continuous batching failed: {output.error}")
        request = int(output.request_id)
        came, asked = len(output.generated_tokens), self._asked[request]
        if came != asked:
            raise RunError(f"{came} tokens came, {asked} were asked.")
        return Answer(request, tuple(output.timestamps))

    def _started(self) -> Any:
        model = self._loaded.model
        if not MAY_KEEP_ATTENTION:
            model.set_attn_implementation(f"paged|{self._attention}")
        manager = model.init_continuous_batching(
            generation_config=greedy(self._loaded.tokenizer.pad_token_id),
            continuous_batching_config=continuous_config(self._sizes),
        )
        manager.warmup()
        self._observe(manager)
        manager.start()
        return manager

    def _observe(self, manager: Any) -> None:
        """Note the clock around each pass of the manager's loop, and what it was made of."""
        body = manager._generation_loop_body
        manager.current_batch = 0

        def observed(processor: Any, bootstrapping: bool) -> bool:
            before, began_s = manager.current_batch, time.perf_counter()
            goes_on: bool = body(processor, bootstrapping)
            if manager.current_batch > before:
                step = Step(began_s, time.perf_counter(), _rows(processor))
                self.steps.append(step)
                self._on_step(step)
            return goes_on

        manager._generation_loop_body = observed

    def _restore(self) -> None:
        """Give the model its own attention back, which an older manager leaves changed where it
        fails to start.
        """
        self._kernel.__exit__(None, None, None)
        model = self._loaded.model
        if model.config._attn_implementation != self._attention:
            model.set_attn_implementation(self._attention)


def _rows(processor: Any) -> tuple[Row, ...]:
    """What the step was made of; a request's position has moved on by what was fed."""
    return tuple(
        Row(
            request=int(future.state.request_id),
            fed=future.query_length,
            cached=future.state.position_offset - future.query_length,
            has_token=future.has_new_token,
        )
        for future in processor.inputs_and_outputs.requests_in_batch
    )
