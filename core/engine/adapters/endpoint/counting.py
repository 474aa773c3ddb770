"""From the pieces of an answer to a time for each of its tokens, by the server's own count.

A piece may hold several tokens, whose times are then one; a last token without text, such as the
end of sequence, came with the end of the answer.
"""

from dataclasses import dataclass
from itertools import pairwise

from core.engine.adapters.endpoint.answer import Answer, Garbage, Usage

STOP = "stop"
# A token has a byte at least, save for the few that are never shown, such as the end of sequence.
TOKENS_PER_BYTE = 2
SILENT = 8


@dataclass(frozen=True)
class Counted:
    """`token_s` has a time for each token. Where pieces are not one token each, `is_spread` tells
    that the server did not say how many each had, and that they were spread by length of text.
    """

    token_s: tuple[float, ...]
    usage: Usage
    pieces: int
    is_spread: bool


def count_tokens(answer: Answer) -> Counted:
    """A time for each token of a complete answer. Raises Garbage where text and count disagree."""
    usage = _plausible(answer)
    shares, is_spread = _shares(answer, usage.completion)
    times = [
        piece.at_s
        for piece, tokens in zip(answer.pieces, shares, strict=True)
        for _ in range(tokens)
    ]
    silent = usage.completion - len(times)
    token_s = (*times, *[answer.finish_s] * silent)
    return Counted(token_s, usage, len(answer.pieces), is_spread)


def _plausible(answer: Answer) -> Usage:
    usage = answer.usage
    if usage is None:
        raise Garbage(
            "The server does not say how many tokens it generated: its stream has no usage."
        )
    if usage.completion < 1:
        raise Garbage("The server generated no token.")
    if usage.completion > answer.most_tokens:
        raise Garbage(
            f"The server counts {usage.completion} generated tokens, where at most "
            f"{answer.most_tokens} were asked for."
        )
    bytes_of_text = len(answer.text.encode(errors="replace"))
    if usage.completion > TOKENS_PER_BYTE * bytes_of_text + SILENT:
        raise Garbage(
            f"The server counts {usage.completion} generated tokens and sent {bytes_of_text} bytes "
            "of text, too few for so many."
        )
    if usage.prompt < 1 or (usage.cached or 0) > usage.prompt:
        raise Garbage(f"The server counts {usage.prompt} tokens of the prompt, which cannot be.")
    return usage


def _shares(answer: Answer, tokens: int) -> tuple[list[int], bool]:
    """How many tokens each piece had, and whether that is a guess by its length."""
    counted = [piece.tokens for piece in answer.pieces]
    told = [count for count in counted if count is not None]
    pieces = len(counted)
    steps = [later - earlier for earlier, later in pairwise([0, *told])]
    if told and len(told) == pieces and _runs(steps, tokens):
        return steps, False
    if pieces == 0 and (tokens > 1 or answer.finish != STOP):
        raise Garbage(f"The server counts {tokens} generated tokens and sent no text.")
    if pieces > tokens:
        raise Garbage(
            f"The server sent {pieces} pieces of text and counts {tokens} tokens: one of the two "
            "is wrong, or something on the way cuts its text anew."
        )
    ended = 1 if answer.finish == STOP and tokens > pieces else 0
    spread = tokens - ended
    if spread == pieces:
        return [1] * pieces, False
    return _by_length([len(piece.text) for piece in answer.pieces], spread), True


def _runs(steps: list[int], tokens: int) -> bool:
    """Whether a count in each piece is that of the tokens so far: each piece adds to it, and it
    ends at the last token, or at the one before where that has no text. Where one token comes in
    several pieces, the further ones add nothing.
    """
    cut_anew = len(steps) > tokens and steps[0] == 1 and set(steps) <= {0, 1}
    return (min(steps) > 0 or cut_anew) and 0 <= tokens - sum(steps) <= 1


def _by_length(lengths: list[int], tokens: int) -> list[int]:
    """One token for each piece, and the others where text is longest for its tokens."""
    spare, whole = tokens - len(lengths), sum(lengths)
    shares = [1 + spare * length // whole for length in lengths]
    longest = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for position in longest[: tokens - sum(shares)]:
        shares[position] += 1
    return shares
