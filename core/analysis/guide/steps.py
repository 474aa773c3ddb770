"""The steps of the guided first run: what each changes, what to look at, and what one would guess.

A guess is what the rule of thumb says, and not what this program found: each step tells afterwards
whether it held on this machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import RequestError
from core.variants.environment import Environment
from core.variants.request import build_spec, problems
from core.variants.spec import RunSpec

GUIDE_TOKENS = 16  # with five repeats: enough for an interval, and minutes for all steps on a CPU


class Guess(StrEnum):
    """Which way a number should go from the baseline's."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Look:
    """One number to look at, by its metric's key; without a guess it is not judged."""

    key: str
    guess: Guess | None = None


@dataclass(frozen=True)
class Step:
    """One run: the baseline, or what differs from it in `changes` alone."""

    key: str
    title: str
    what: str
    guess: str
    looks: tuple[Look, ...] = ()
    changes: Mapping[str, object] = field(default_factory=dict)

    def spec(self, device: str) -> RunSpec:
        """The run on that device."""
        return build_spec({"max_new_tokens": GUIDE_TOKENS, "device": device, **self.changes})

    def problem(self, device: str, environment: Environment) -> RequestError | None:
        """Why it cannot run here; None where it can."""
        return next(iter(problems(self.spec(device), environment)), None)


BASELINE = Step(
    "baseline",
    "The baseline",
    "The bundled model as it was trained, in 32-bit floats, one text at a time. Everything later "
    "is held against this run.",
    "Look at TPOT, the time for each further token: it is what a reader waits for. Under the "
    "numbers stands what bounds it; the levers that follow work on that, or do not.",
)
LEVERS = (
    Step(
        "half",
        "16-bit weights",
        "The same weights in bf16: 2 bytes each in place of 4.",
        "Half the bytes to read for each token, so TPOT should fall.",
        (Look("weights_bytes", Guess.DOWN), Look("tpot_s", Guess.DOWN)),
        {"precision": "bf16"},
    ),
    Step(
        "quantised",
        "4-bit weights",
        "The linear layers in 4 bits (nf4), turned back into 16 bits in each step.",
        "Far fewer bytes, so TPOT should fall again; fewer digits, so perplexity should rise.",
        (
            Look("weights_bytes", Guess.DOWN),
            Look("tpot_s", Guess.DOWN),
            Look("perplexity", Guess.UP),
        ),
        {"precision": "nf4"},
    ),
    Step(
        "uncached",
        "No KV cache",
        "Nothing is kept of earlier tokens: each step reads the whole text again.",
        "More work for each token, so TPOT should rise, and more so the longer the text.",
        (Look("tpot_s", Guess.UP), Look("e2e_s", Guess.UP)),
        {"kv_cache": "off"},
    ),
    Step(
        "batch",
        "Four texts at once",
        "A batch of 4: each step reads the weights once for four texts.",
        "More tokens per second in all, and for each text a somewhat longer TPOT.",
        (Look("output_tokens_per_s", Guess.UP), Look("tpot_s", Guess.UP)),
        {"batch_size": 4},
    ),
    Step(
        "compiled",
        "torch.compile",
        "The blocks' feed-forward parts and norms are compiled before the first run.",
        "Fewer and larger kernels, so TPOT should fall; the first run waits for the compiler.",
        (Look("tpot_s", Guess.DOWN), Look("first_s")),
        {"compile": "per_block"},
    ),
)
STEPS = (BASELINE, *LEVERS)
