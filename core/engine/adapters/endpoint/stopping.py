"""Whether answers ended where they were told to: at a length, or at a stop string."""

from collections.abc import Sequence

from core.engine.adapters.endpoint.answer import Answer
from core.engine.adapters.endpoint.crowd import Crowd
from core.engine.adapters.endpoint.probing import Way
from core.errors import UnsupportedRun

# A server may look for stop strings only where a token ends: more text than any token has.
LONGEST_TOKEN = 64


def refuse_early_end(crowd: Crowd, way: Way, new_tokens: int) -> None:
    """Raise UnsupportedRun where an answer has another length than exactly the one asked for."""
    for one, counted in zip(crowd.asked, crowd.counted, strict=True):
        tokens = counted.usage.completion
        if tokens != new_tokens:
            why = "overlooks" if way.dialect.forces_length else "knows no way to ask for"
            raise UnsupportedRun(
                f"The server ended an answer after {tokens} of {new_tokens} tokens "
                f"({one.answer.finish or 'no reason given'}): it {why} an exact length "
                f"({way.dialect.name}). Choose stop natural.",
                "stop",
            )


def refuse_ignored_stop(crowd: Crowd, stop_strings: Sequence[str]) -> None:
    """Raise UnsupportedRun where an answer went on behind a stop string."""
    for one in crowd.asked:
        found = _first_stop(one.answer.text, stop_strings)
        if found is None:
            continue
        stop, end = found
        pieces, characters = _behind(one.answer, end)
        if pieces or characters > LONGEST_TOKEN:
            raise UnsupportedRun(
                f"The server went on behind the stop string {stop!r}, with {characters} more "
                f"characters in {pieces} more pieces: it overlooks stop strings. Choose none.",
                "stop_strings",
            )


def _first_stop(text: str, stop_strings: Sequence[str]) -> tuple[str, int] | None:
    """The stop string that is complete first, and where it ends; None where there is none."""
    begins = [(stop, text.find(stop)) for stop in stop_strings]
    ends = [(stop, begin + len(stop)) for stop, begin in begins if begin >= 0]
    return min(ends, key=lambda found: found[1], default=None)


def _behind(answer: Answer, end: int) -> tuple[int, int]:
    """How many pieces of text follow the one where the stop string is complete, which may itself
    hold the rest of a token, and how many characters are behind it in all.
    """
    there = 0
    for number, piece in enumerate(answer.pieces, start=1):
        there += len(piece.text)
        if there >= end:
            return len(answer.pieces) - number, len(answer.text) - end
    raise ValueError(f"the answer has {there} characters, fewer than {end}")
