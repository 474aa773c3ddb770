"""What a sweep's cells are judged by: its objectives, its price, and the Pareto set so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.deciding.machines import Machine
from core.analysis.deciding.objectives import CandidatePrice, Objective, objectives
from core.analysis.deciding.pareto import FEWEST, MOST, ParetoSet, pareto_set
from core.analysis.deciding.scope import choices, table_prices
from core.errors import RequestError
from core.experiments.sweeps.sweep_request import SweepRequest
from core.results.history import History
from core.variants.environment import usable_cpus


@dataclass(frozen=True)
class Judged:
    """The Pareto set of a sweep, None before anything was measured, what is to be said, and the
    machines of all its runs.
    """

    pareto: ParetoSet | None
    notes: tuple[str, ...] = ()
    machines: tuple[Machine, ...] = ()


def price_of(request: SweepRequest) -> CandidatePrice:
    """The request's own price per hour in US dollars, or the table's by device."""
    own = request.price_per_hour
    return table_prices(usable_cpus()) if own is None else lambda _: own


def known_objectives(request: SweepRequest) -> dict[str, Objective]:
    """All that a sweep can be judged by."""
    return objectives(price_of(request))


def chosen_objectives(request: SweepRequest) -> tuple[Objective, ...]:
    """The request's own objectives; raises RequestError for what is none, and unless they are two
    or three different ones.
    """
    known, keys = known_objectives(request), request.objectives
    for key in keys:
        if key not in known:
            raise RequestError("objectives", key, "it is no metric with a direction.", known)
    if not FEWEST <= len(set(keys)) == len(keys) <= MOST:
        raise RequestError("objectives", ", ".join(keys), "choose two or three different ones.")
    return tuple(known[key] for key in keys)


def judge(
    request: SweepRequest, run_ids: Sequence[str], history: History, machine: str | None = None
) -> Judged:
    """The Pareto set of these runs of a sweep, by the trust rule; of one machine if it is named."""
    chosen = chosen_objectives(request)
    if not run_ids:
        return Judged(None)
    sources = list(dict.fromkeys(objective.source for objective in chosen))
    found = history.candidates(sources, run_ids=set(run_ids))
    among = choices(found, price_of(request), request.trust, machine=machine)
    pareto = pareto_set(among.candidates, chosen) if among.candidates else None
    return Judged(pareto, among.notes, among.machines)
