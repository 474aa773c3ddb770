"""The requests of a load, one by one: the same load and seed give the same requests.

Times, prompt lengths and answer lengths are drawn from streams of their own, and times are unit
gaps divided by the rate: over a range of rates the same requests come, only closer together.
"""

from dataclasses import dataclass

from core.variants.load import Load


@dataclass(frozen=True, slots=True)
class Request:
    """One request: seconds after the load began, and tokens. Every answer has exactly
    `output_tokens`; numbers count from 0 in the order of arrival.
    """

    number: int
    arrival_s: float
    prompt_tokens: int
    output_tokens: int


def requests_of(load: Load) -> tuple[Request, ...]:
    """All requests by arrival; raises RequestError for a duration in which none comes."""
    raise NotImplementedError
