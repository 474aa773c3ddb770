"""How the next tokens are found: one by one, or several guessed and checked in one pass.

All of these give the tokens of greedy decoding, up to rounding.
"""

from enum import StrEnum

from core.variants.choice import Choice


class Decoding(StrEnum):
    """Where a step's candidate tokens come from."""

    GREEDY = "greedy"
    PROMPT_LOOKUP = "prompt_lookup"
    SPECULATIVE = "speculative"


DECODINGS: dict[Decoding, Choice] = {
    Decoding.GREEDY: Choice("greedy", "The most likely token, one forward pass for each."),
    Decoding.PROMPT_LOOKUP: Choice(
        "prompt lookup",
        "Guesses that the text repeats itself, and checks several tokens in one pass.",
    ),
    Decoding.SPECULATIVE: Choice(
        "speculative", "A smaller draft model guesses several tokens; one pass checks them all."
    ),
}
