"""All claims in their order: a new one is a module beside this one and a row here."""

from collections.abc import Iterable

from core.analysis.claims import (
    attention,
    batching,
    compiling,
    early_stop,
    eight_bits,
    no_cache,
    output_cap,
    pass_per_token,
    smaller_model,
)
from core.analysis.claims.claim import Claim
from core.errors import RequestError

CLAIMS: tuple[Claim, ...] = (
    smaller_model.CLAIM,
    eight_bits.CLAIM,
    compiling.CLAIM,
    attention.CLAIM,
    batching.CLAIM,
    no_cache.CLAIM,
    early_stop.CLAIM,
    pass_per_token.CLAIM,
    output_cap.CLAIM,
)
BY_NUMBER = {claim.number: claim for claim in CLAIMS}


def find_claim(number: int) -> Claim:
    """The claim of that number; raises RequestError for an unknown one."""
    if number not in BY_NUMBER:
        raise RequestError("claim", number, "there is no such claim.", map(str, BY_NUMBER))
    return BY_NUMBER[number]


def numbers_of(text: str) -> tuple[int, ...]:
    """Claim numbers as they are typed, `1,3`; raises RequestError for what is no claim's."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise RequestError("run", text, "give numbers, as in 1,3.", _words()) from None
    return tuple(dict.fromkeys(find_claim(number).number for number in numbers))


def _words() -> Iterable[str]:
    return map(str, BY_NUMBER)
