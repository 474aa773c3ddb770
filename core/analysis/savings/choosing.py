"""Which runs can be set against a baseline, and which of them is proposed: the cheapest trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.deciding.scope import newest_of_each
from core.results.candidate import Candidate
from core.results.hardware import hardware_of
from core.results.history import History
from core.results.identity import levers_of, question_id
from core.results.types import Grade, RunResult

NONE_TRUSTED = "None of grade A or B can be compared with it; this is the cheapest of grade C."


@dataclass(frozen=True)
class Option:
    """A measured run that a baseline may be set against, and seconds of a machine per request."""

    candidate: Candidate
    request_s: float


@dataclass(frozen=True)
class Options:
    """What can be set against a baseline, the cheapest first; the one that is proposed, and why."""

    options: tuple[Option, ...]
    proposed: str | None
    why: str


def options_for(history: History, today: RunResult) -> Options:
    """Runs of the same question, model and hardware, the newest of each other configuration. The
    cheapest of trust grade A or B is proposed, by what a request takes of a machine: on the same
    hardware that is by cost, whatever the price.
    """
    found = [option for c in _comparable(history, today) if (option := _option(c)) is not None]
    found.sort(key=lambda option: (option.request_s, option.candidate.run_id))
    trusted = [option for option in found if option.candidate.trust <= Grade.B]
    best = next(iter(trusted or found), None)
    if best is None:
        return Options((), None, "No other measured run can be compared with it.")
    return Options(tuple(found), best.candidate.run_id, _why(len(trusted)))


def _why(trusted: int) -> str:
    if not trusted:
        return NONE_TRUSTED
    among = "the only one" if trusted == 1 else f"the cheapest of {trusted:,}"
    return (
        f"Chosen for you: {among} of trust grade A or B that was asked the same, of the same model "
        "on the same hardware."
    )


def _comparable(history: History, today: RunResult) -> Sequence[Candidate]:
    variant = today.spec.variant
    found = history.candidates(
        ("e2e_s",),
        question_id=question_id(today.spec),
        hardware_id=hardware_of(today.environment, variant.device).id,
        model=variant.model,
        weights=str(variant.weights),
    )
    mine = levers_of(today.spec)
    return newest_of_each(
        [
            candidate
            for candidate in found
            if candidate.run_id != today.run_id
            and dict(candidate.levers) != mine
            and candidate.levers.get("revision") == mine.get("revision")
        ]
    )


def _option(candidate: Candidate) -> Option | None:
    e2e_s = candidate.values.get("e2e_s")
    if not e2e_s:
        return None
    return Option(candidate, e2e_s / int(candidate.levers.get("batch_size", 1)))
