"""Which runs are chosen among: those that were asked the same on the same hardware, or a sweep's.

Runs of other questions or other hardware are never mixed without saying so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.analysis.cost import price_unless_served
from core.analysis.deciding.machines import Machine, find_machine, machines, mixed_words, told_apart
from core.analysis.deciding.objectives import CandidatePrice, Objective, admitted, objectives
from core.errors import RequestError
from core.results.candidate import Candidate
from core.results.choosing import Question
from core.results.experiments import TRIAL_LABEL, ExperimentKind, ExperimentRow, Experiments
from core.results.history import History
from core.results.types import Grade

FIELD = "scope"
MOST_SWEEPS = 20
LONGEST_PROMPT = 40


@dataclass(frozen=True)
class Scope:
    """Runs that belong together, with a key for links and flags, and what they are in words."""

    key: str
    label: str
    question: Question | None = None
    experiment_id: str | None = None


@dataclass(frozen=True)
class Choices:
    """The candidates of a scope that may enter a choice, what they can be judged by, what has to be
    said of them, and the machines of all that could be chosen among, of which one may be chosen.
    """

    candidates: tuple[Candidate, ...]
    objectives: Mapping[str, Objective]
    notes: tuple[str, ...]
    machines: tuple[Machine, ...] = ()


def scopes(history: History) -> list[Scope]:
    """All scopes there are: questions with the newest runs first, then sweeps, newest first."""
    sweeps = Experiments(history).listed(ExperimentKind.SWEEP, MOST_SWEEPS)
    questions = (_of_question(question) for question in history.questions())
    return [*questions, *(_of_sweep(sweep) for sweep in sweeps)]


def find_scope(found: Sequence[Scope], wanted: str | None) -> Scope:
    """The scope with that key, a sweep's id among them; by default the first.

    Raises RequestError where there is none.
    """
    if not found:
        raise RequestError(FIELD, wanted, "the history has no measured runs to choose among.")
    if wanted is None:
        return found[0]
    known = next((scope for scope in found if scope.key == wanted), None)
    if known is None:
        raise RequestError(FIELD, wanted, "there is none such.", [scope.key for scope in found[:9]])
    return known


def candidates_of(
    history: History, scope: Scope, keys: Collection[str], known: Mapping[str, Objective]
) -> list[Candidate]:
    """The scope's runs, newest first, with what these objectives are read from."""
    sources = list(dict.fromkeys(["e2e_s", *(known[key].source for key in keys)]))
    question = scope.question
    if question is not None:
        return history.candidates(
            sources,
            question_id=question.question_id,
            hardware_id=question.hardware_id,
        )
    assert scope.experiment_id is not None
    runs = Experiments(history).runs(scope.experiment_id)
    return history.candidates(
        sources, run_ids={run.run_id for run in runs if run.label != TRIAL_LABEL}
    )


def table_prices(cpu_count: int) -> CandidatePrice:
    """Each candidate's price per hour in US dollars, by its device, from the price table; None for
    a server's.
    """
    known: dict[tuple[str, str], float | None] = {}

    def price(candidate: Candidate) -> float | None:
        device = candidate.device, candidate.device_name
        if device not in known:
            found = price_unless_served(*device, cpu_count)
            known[device] = found.usd_per_hour if found else None
        return known[device]

    return price


def choices(
    candidates: Sequence[Candidate],
    price_of: CandidatePrice,
    worst: Grade = Grade.B,
    utilisation: float = 1.0,
    machine: str | None = None,
) -> Choices:
    """A run of each configuration, of these trust grades and that machine, if one is named, and
    what has to be said of them. Raises RequestError for a machine that none is of.
    """
    there = machines(candidates)
    if machine is not None:
        key = find_machine(there, machine).key
        candidates = [candidate for candidate in candidates if candidate.hardware_id == key]
    entering = admitted(candidates, worst)
    newest = newest_of_each(entering.candidates)
    older = len(entering.candidates) - len(newest)
    notes = [entering.sentence, *mixed_words(newest), _questions(newest), _older(older)]
    known = objectives(price_of, utilisation)
    return Choices(told_apart(newest), known, tuple(note for note in notes if note), there)


def newest_of_each(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """One run of each configuration, of runs that are in order, newest first: the newest of those
    with the most known values. To take the best of several would be to take the luckiest.
    """
    kept: dict[object, tuple[int, Candidate]] = {}
    levers: dict[int, frozenset[tuple[str, str | int]]] = {}
    for candidate in candidates:
        known = len(candidate.values) - [*candidate.values.values()].count(None)
        # Thousands of candidates share one mapping of levers: each is hashed once.
        mine = levers.setdefault(id(candidate.levers), frozenset()) or frozenset(
            candidate.levers.items()
        )
        levers[id(candidate.levers)] = mine
        question, machine = candidate.question_id, (candidate.hardware_id, candidate.environment_id)
        configuration = (question, machine, mine)
        before = kept.get(configuration)
        if before is None or known > before[0]:
            kept[configuration] = (known, candidate)
    return tuple(candidate for _, candidate in kept.values())


def _of_question(question: Question) -> Scope:
    prompt = question.prompt
    short = prompt if len(prompt) <= LONGEST_PROMPT else f"{prompt[: LONGEST_PROMPT - 1]}…"
    runs = "1 run" if question.runs == 1 else f"{question.runs:,} runs"
    asked = f"{short} → {question.max_new_tokens} tokens"
    key = f"{question.question_id}.{question.hardware_id}"
    return Scope(key, f"{asked} · {question.hardware} · {runs}", question=question)


def _of_sweep(sweep: ExperimentRow) -> Scope:
    when = f"{sweep.created_at.astimezone():%Y-%m-%d %H:%M}"
    label = f"Sweep of {when}: {sweep.title}"
    return Scope(sweep.experiment_id, label, experiment_id=sweep.experiment_id)


def _questions(candidates: Sequence[Candidate]) -> str:
    """That not all were asked the same; empty where they were."""
    questions = {candidate.question_id for candidate in candidates}
    if len(questions) < 2:
        return ""
    return f"Runs that were asked {len(questions)} different things are mixed here."


def _older(count: int) -> str:
    if not count:
        return ""
    runs = "1 run is" if count == 1 else f"{count:,} runs are"
    return f"{runs} left out as older ones of the same configurations: the newest stands for each."
