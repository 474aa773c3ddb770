"""Served loads as CSV: a row for each request, measured or simulated, which a column tells."""

from collections.abc import Iterable, Iterator

from core.results.csv.cells import Cell, csv_text
from core.results.serving import Served, ServedLoad
from core.variants.policy import POLICIES

COLUMNS = (
    "policy", "batch_size", "timeout_s", "simulated", "rate_per_s", "request", "arrival_s",
    "started_s", "first_token_s", "ended_s", "queue_s", "ttft_s", "tpot_s", "e2e_s",
    "prompt_tokens", "output_tokens", "batch",
)  # fmt: skip


def served_csv(loads: Iterable[ServedLoad]) -> str:
    """All requests of all loads, in the order of arrival; an unknown value is an empty cell."""
    rows = (row for load in loads for row in _rows(load))
    return csv_text([COLUMNS, *rows])


def _rows(load: ServedLoad) -> Iterator[list[Cell]]:
    policy, rate = load.policy, load.load.mean_rate_per_s
    timeout_s = policy.timeout_s if POLICIES[policy.kind].timed else None
    whole: list[Cell] = [str(policy.kind), policy.slots, timeout_s, load.simulated, rate]
    for one in sorted(load.served, key=lambda served: (served.arrival_s, served.number)):
        yield [*whole, *_of_request(one)]


def _of_request(one: Served) -> list[Cell]:
    return [
        one.number,
        one.arrival_s,
        one.started_s,
        one.first_token_s,
        one.ended_s,
        one.queue_s,
        one.ttft_s,
        one.tpot_s,
        one.e2e_s,
        one.prompt_tokens,
        one.output_tokens,
        one.batch,
    ]
