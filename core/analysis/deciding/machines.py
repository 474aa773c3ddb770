"""On which hardware and software the candidates were measured, and what a mix of them makes unsure.

Engines bring packages of their own, so that another engine's packages are no other machine; the
same engine with other packages is said.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.errors import RequestError
from core.results.candidate import Candidate

FIELD = "machine"
LEVER = "hardware"


@dataclass(frozen=True)
class Machine:
    """One hardware, by its id and in words, how many of the candidates are of it, and the names of
    its hosts as far as they are known.
    """

    key: str
    words: str
    runs: int
    hosts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.words} ({'1 run' if self.runs == 1 else f'{self.runs:,} runs'})"


def machines(candidates: Iterable[Candidate]) -> tuple[Machine, ...]:
    """All hardware that the candidates are of, that of the most first."""
    counted: Counter[str] = Counter()
    words: dict[str, str] = {}
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for candidate in candidates:
        key = candidate.hardware_id
        counted[key] += 1
        words[key] = candidate.hardware
        hosts[key].add(candidate.host)
    return tuple(
        Machine(key, words[key], runs, tuple(sorted(hosts[key] - {""})))
        for key, runs in sorted(counted.items(), key=lambda item: (-item[1], words[item[0]]))
    )


def find_machine(there: Sequence[Machine], wanted: str) -> Machine:
    """The one with that key, or the only one whose words or hosts hold that text, in any case.

    Raises RequestError where there is none, or more than one.
    """
    text = wanted.strip().casefold()
    found = [one for one in there if one.key == wanted.strip()] or [
        one for one in there if text and text in " ".join([one.words, *one.hosts]).casefold()
    ]
    if len(found) != 1:
        reason = "several are called so." if found else "no run was measured on such a machine."
        raise RequestError(FIELD, wanted, reason, [f"{one.key} ({one.words})" for one in there])
    return found[0]


def mixed_words(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """What makes the candidates unlike, a sentence each, the gravest first; nothing where they are
    of one machine and the same software.
    """
    there = machines(candidates)
    return tuple(filter(None, (_of_hardware(there), _of_hosts(there), _of_software(candidates))))


def told_apart(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, where they are of several machines each with its hardware as a lever: a name
    of a configuration then says on which it was measured.
    """
    if len({candidate.hardware_id for candidate in candidates}) < 2:
        return tuple(candidates)
    return tuple(replace(c, levers={**c.levers, LEVER: c.hardware}) for c in candidates)


def _of_hardware(there: Sequence[Machine]) -> str:
    if len(there) < 2:
        return ""
    listed = "; ".join(map(str, there))
    return (
        f"These runs are of {len(there)} different machines or devices: {listed}. A difference "
        "between runs of two of them may be the machine's."
    )


def _of_hosts(there: Sequence[Machine]) -> str:
    several = [one for one in there if len(one.hosts) > 1]
    if not several:
        return ""
    listed = "; ".join(f"{one.words} on {', '.join(one.hosts)}" for one in several)
    return f"Like machines, and more than one: {listed}."


def _of_software(candidates: Sequence[Candidate]) -> str:
    """Of one engine on one hardware, runs with other packages or thread settings."""
    sets: defaultdict[tuple[str, object], set[str]] = defaultdict(set)
    for candidate in candidates:
        engine = candidate.levers.get("engine")
        sets[candidate.hardware_id, engine].add(candidate.environment_id)
    most = max(map(len, sets.values()), default=0)
    if most < 2:
        return ""
    return (
        f"The same machine, and {most} different sets of packages, drivers or thread settings: a "
        "difference may be theirs."
    )
