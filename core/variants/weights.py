"""Whether a model's weights are the trained ones, or random numbers in the same shape.

Random weights have the true speed and memory of their model, and no quality.
"""

from enum import StrEnum

from core.variants.choice import Choice


class Weights(StrEnum):
    """Where a model's numbers come from."""

    TRAINED = "trained"
    RANDOM = "random"


WEIGHTS: dict[Weights, Choice] = {
    Weights.TRAINED: Choice(
        "trained", "The model's own weights: bundled, of a local folder, or from the hub."
    ),
    Weights.RANDOM: Choice(
        "random",
        "Random numbers in the model's shape: the true speed and memory, and neither text nor "
        "quality.",
    ),
}
NO_QUALITY = "random weights have no quality"
BORROWED = "the bundled model's tokenizer, as the model's own is not here"
NO_TEXT = "Random weights say nothing: the text is neither shown nor stored."
