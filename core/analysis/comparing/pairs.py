"""Which stored runs are a pair, and in which order: A is the one that was measured as A."""

from collections.abc import Callable

from core.errors import RequestError
from core.results.types import Outcome, RunResult
from core.variants.pairing import Side

OutcomeOf = Callable[[str], Outcome | None]


def pair_ids(run_ids: tuple[str, ...], outcome_of: OutcomeOf) -> tuple[str, ...]:
    """Both runs of a pair, A first, where one or both were named; the one again where its partner
    is not known yet, since it is still measured or ended without a result.
    """
    first = outcome_of(run_ids[0])
    if not isinstance(first, RunResult) or first.pairing is None:
        return run_ids
    both = (first.run_id, first.pairing.partner_id)
    return both if first.pairing.side is Side.A else both[::-1]


def checked_pair(results: tuple[RunResult, ...]) -> tuple[RunResult, RunResult]:
    """A and B; raises RequestError for runs that were not measured in turns with each other."""
    if len(results) == 2:
        a, b = results
        if a.pairing and a.pairing.partner_id == b.run_id:
            return a, b
    which = " and ".join(result.run_id for result in results)
    raise RequestError("pair", which, "no two runs that were measured in turns with each other.")
