"""`recommend`: the run that answers a question in constraints, and Pareto sets."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.analysis.cost import parse_price
from core.analysis.deciding.answer import headline, measurement_words, name, sentences, told
from core.analysis.deciding.answer_document import (
    pareto_document,
    recommendation_document,
    scope_documents,
)
from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.asking.words import KNOWN
from core.analysis.deciding.constraints import Ask, understood
from core.analysis.deciding.deploy import deploy_script
from core.analysis.deciding.missing import Measurement, spec_to_measure
from core.analysis.deciding.objectives import CandidatePrice, objectives
from core.analysis.deciding.pareto import ParetoSet, Standing, pareto_set, summary
from core.analysis.deciding.recommend import Recommendation, recommend
from core.analysis.deciding.scope import (
    Choices,
    Scope,
    candidates_of,
    choices,
    find_scope,
    scopes,
    table_prices,
)
from core.command_line.output import print_json, print_table, say, tell
from core.command_line.parser import Parser
from core.command_line.prices import add_price
from core.errors import RequestError
from core.results.history import History
from core.results.reproduce import command_line
from core.results.types import Grade, RunResult
from core.variants.environment import usable_cpus

DEFAULT_OBJECTIVES = "tpot_s,peak_bytes"
MOST_MEASURED = 5
FLAGS = (
    ("--ask", "TEXT", "such as “at most 50 ms per token, 1 GB, cheapest”"),
    ("--pareto", "METRIC,METRIC[,METRIC]", "also the Pareto set of two or three metrics"),
    ("--scope", "SCOPE", "which runs, by a key that --scopes lists (default: the newest run's)"),
    ("--trust", "A|B|C", "the worst trust grade that may enter (default: B)"),
    (
        "--machine",
        "NAME",
        "only runs of the hardware or host of that name (default: all, and said)",
    ),
)


def add_flags(parser: Parser) -> None:
    """The question, and what is chosen among."""
    for flag, metavar, text in FLAGS:
        parser.add_argument(flag, metavar=metavar, help=text)
    text = "list what can be chosen among: questions on a machine, and sweeps"
    parser.add_argument("--scopes", action="store_true", help=text)
    add_price(parser)


def recommend_command(chosen: argparse.Namespace) -> int:
    """0 where there is an answer or a Pareto set, 1 where no run qualifies."""
    if chosen.scopes:
        return _list_scopes(scopes(History()), chosen.json)
    ask = read_ask(chosen.ask) if chosen.ask is not None else None
    keys = _objective_keys(chosen.pareto, needed=ask is None)
    history = History()
    scope = find_scope(scopes(history), chosen.scope)
    among = _choices(history, scope, [*(ask.keys if ask else ()), *keys], chosen)
    pareto = pareto_set(among.candidates, [among.objectives[k] for k in keys]) if keys else None
    found = recommend(among.candidates, ask, among.objectives) if ask else None
    if chosen.json:
        print_json(_document(history, scope, among, found, pareto))
    else:
        _print(history, scope, among, found, pareto)
    return 1 if found is not None and found.winner is None else 0


def _choices(
    history: History, scope: Scope, keys: Sequence[str], chosen: argparse.Namespace
) -> Choices:
    price_of = _price_of(chosen.price_per_hour)
    found = candidates_of(history, scope, keys, objectives(price_of))
    return choices(found, price_of, _grade(chosen.trust), machine=chosen.machine)


def _price_of(asked: str | None) -> CandidatePrice:
    if asked is None:
        return table_prices(usable_cpus())
    price = parse_price(asked)
    return lambda _: price


def _grade(text: str | None) -> Grade:
    if text is None:
        return Grade.B
    if text.upper() not in tuple(Grade):
        raise RequestError("trust", text, "there is no such grade.", tuple(Grade))
    return Grade(text.upper())


def _objective_keys(text: str | None, needed: bool) -> list[str]:
    """The keys of a comma-separated list; the default where a Pareto set is all that is asked."""
    if text is None and not needed:
        return []
    keys = [key.strip() for key in (text or DEFAULT_OBJECTIVES).split(",") if key.strip()]
    for key in keys:
        if key not in KNOWN:
            raise RequestError("pareto", key, "there is no such objective.", KNOWN)
    return keys


def _list_scopes(found: Sequence[Scope], as_json: bool) -> int:
    if as_json:
        print_json(scope_documents(found))
    else:
        print_table(((scope.key, scope.label) for scope in found), header=("SCOPE", "RUNS"))
    return 0


def _document(
    history: History,
    scope: Scope,
    among: Choices,
    found: Recommendation | None,
    pareto: ParetoSet | None,
) -> dict[str, Any]:
    document: dict[str, Any] = {"scope": {"key": scope.key, "label": scope.label}}
    document["notes"] = list(among.notes)
    document["machines"] = [asdict(machine) for machine in among.machines]
    if found is not None:
        document |= recommendation_document(found)
        for wanted, line in zip(document["missing"], _commands(history, found), strict=False):
            wanted["command"] = line
        document["deploy"] = _script(history, found)
    if pareto is not None:
        document["pareto_set"] = pareto_document(pareto)
        document["pareto"] = document["pareto_set"]["pareto"]
    return document


def _print(
    history: History,
    scope: Scope,
    among: Choices,
    found: Recommendation | None,
    pareto: ParetoSet | None,
) -> None:
    tell(f"Among: {scope.label}")
    for note in among.notes:
        tell(note)
    if found is not None:
        _print_answer(history, found)
    if pareto is not None:
        tell(f"\n{summary(pareto)}")
        _print_pareto(pareto)


def _print_answer(history: History, found: Recommendation) -> None:
    tell(f"Understood: {_in_words(found.ask)}")
    tell(f"\n{headline(found)}")
    for sentence in sentences(found):
        tell(f"- {sentence}")
    lines = _commands(history, found)
    if lines:
        tell("\nTo measure what would decide it:")
        tell("\n".join(lines))
    script = _script(history, found)
    if script:
        tell(f"\nTo deploy it:\n\n{script}", end="")


def _in_words(ask: Ask) -> str:
    return "; ".join(understood(ask))


def _print_pareto(pareto: ParetoSet) -> None:
    shown = [*pareto.frontier, *pareto.of(Standing.UNDECIDED)]
    header = ("RUN", "CONFIGURATION", "STANDING", *(o.label.upper() for o in pareto.objectives))
    standing = dict(zip((c.run_id for c in pareto.candidates), pareto.standings, strict=True))
    rows = [
        (
            candidate.run_id,
            name(candidate, shown),
            f"{standing[candidate.run_id]}{', surely' * (candidate.run_id in pareto.surely)}",
            *(told(o.value(candidate), o.interval(candidate), o.unit) for o in pareto.objectives),
        )
        for candidate in shown
    ]
    print_table(rows, header=header)


def _commands(history: History, found: Recommendation) -> list[str]:
    """For each of the first runs to measure, the command that does it."""
    return [
        line
        for wanted in found.measurements[:MOST_MEASURED]
        if (line := _command(history, wanted)) is not None
    ]


def _command(history: History, wanted: Measurement) -> str | None:
    stored = history.get(wanted.candidate.run_id)
    if stored is None:
        say(f"warning: {measurement_words(wanted)}, but the run is gone.")
        return None
    return command_line(spec_to_measure(stored.spec, wanted))


def _script(history: History, found: Recommendation) -> str | None:
    """What deploys the winner; None where there is none."""
    stored = history.get(found.winner.candidate.run_id) if found.winner else None
    if stored is None or not isinstance(stored.outcome, RunResult):
        return None
    return deploy_script(stored.outcome)
