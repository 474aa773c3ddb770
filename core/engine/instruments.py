"""What a generation can be watched with: the cancel flag, token times, counted forward passes."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, cast

import torch
from transformers import StoppingCriteria

from core.engine.cancellation import Cancellation
from core.engine.device import Device
from core.engine.loader import Loaded


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
    """Stamps the time at which tokens are chosen, and how long rows are then; stops nothing.

    Some versions of transformers ask about guessed tokens too, before the pass that checks them.
    Where there are guesses, `passes` is the growing list of passes, and only what follows a new one
    is stamped.
    """

    def __init__(
        self, batch_size: int, device: Device, passes: Sequence[object] | None = None
    ) -> None:
        self.stamps: list[Any] = []
        self.lengths: list[int] = []
        self._passes = passes
        self._seen = 0
        self._device = device
        self._go_on = _go_on(batch_size, device)

    def __call__(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> torch.BoolTensor:
        """Note time and length; False for each row."""
        if self._passes is None or len(self._passes) > self._seen:
            self.stamps.append(self._device.stamp())
            self.lengths.append(input_ids.shape[1])
            self._seen = len(self._passes or ())
        return self._go_on

    def seconds(self, start: Any, prompt_tokens: int) -> tuple[float, ...]:
        """When each new token was there, in seconds from the start: tokens that one pass gave
        were there together.
        """
        times = self._device.seconds_since(start, self.stamps)
        earlier = [prompt_tokens, *self.lengths]
        news = (later - before for before, later in zip(earlier, self.lengths, strict=False))
        return tuple(time for time, count in zip(times, news, strict=True) for _ in range(count))


class ForwardCounter:
    """Within it, a model's forward passes are counted: rows and tokens per row of each."""

    def __init__(self, loaded: Loaded | None) -> None:
        self.passes: list[tuple[int, int]] = []
        self._loaded = loaded

    def __enter__(self) -> "ForwardCounter":
        if self._loaded is not None:
            model = self._loaded.model
            self._hook = model.register_forward_pre_hook(self._note, with_kwargs=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loaded is not None:
            self._hook.remove()

    def _note(self, _: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        ids = named["input_ids"] if "input_ids" in named else positional[0]
        self.passes.append((ids.shape[0], ids.shape[1]))
