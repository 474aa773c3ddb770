"""What a claim is made of: its words, the arms that try it on a machine, and what judges them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.analysis.claims.verdict import Verdict, VerdictKind
from core.results.types import Grade, RunResult
from core.variants.environment import Device, Environment
from core.variants.request import build_spec
from core.variants.spec import RunSpec

GRADES = tuple(Grade)  # the best first


@dataclass(frozen=True)
class Setting:
    """The machine on which a claim is tried. `size` chooses among the sizes that a claim can be
    tried in: 0 is the largest, which a slow machine has no time for.
    """

    environment: Environment
    device: Device
    size: int = 0

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.device.kind == "cuda"

    def spec(self, **values: Any) -> RunSpec:
        """A spec on this device from flat values, without quality unless it is asked for."""
        return build_spec({"device": self.device.key, "quality": False, **values})


@dataclass(frozen=True)
class Arm:
    """One thing that is measured, with a label of its own in its trial. `tokens` are about those
    after which it ends by itself, which its time is reckoned with; None where its cap ends it.
    """

    label: str
    spec: RunSpec
    tokens: int | None = None


@dataclass(frozen=True)
class Step:
    """One measurement: an arm alone, or two in turns (A B B A), where a ratio of their times is to
    be told. An optional one is left out where the time does not suffice.
    """

    arms: tuple[Arm, ...]
    optional: bool = False

    @property
    def is_pair(self) -> bool:
        """Whether two arms are measured in turns."""
        return len(self.arms) == 2

    @property
    def label(self) -> str:
        """The arms' labels."""
        return " against ".join(arm.label for arm in self.arms)


@dataclass(frozen=True)
class Measured:
    """The arms' results by label, and why others have none."""

    results: Mapping[str, RunResult]
    failures: Mapping[str, str] = field(default_factory=dict)

    def get(self, label: str) -> RunResult | None:
        """The result of an arm; None where there is none."""
        return self.results.get(label)

    def both(self, first: str, second: str) -> tuple[RunResult, RunResult] | None:
        """The results of two arms; None where either is missing."""
        one, other = self.get(first), self.get(second)
        return (one, other) if one and other else None

    def all(self, labels: Sequence[str]) -> list[RunResult]:
        """The results that there are, in the labels' order."""
        return [result for label in labels if (result := self.get(label))]

    @property
    def trust(self) -> Grade | None:
        """The worst grade of all results; None without any."""
        grades = [result.trust.grade for result in self.results.values()]
        return max(grades, key=GRADES.index, default=None)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Each reason against a grade of A, with the arm that it is about."""
        return tuple(
            f"{label}: {reason}"
            for label, result in self.results.items()
            for reason in result.trust.reasons
        )

    def missing(self) -> Iterator[str]:
        """What was not measured, a sentence each."""
        for label, failure in self.failures.items():
            yield f"{label} was not measured: {failure}"


@dataclass(frozen=True)
class Claim:
    """A rule of thumb. `trial` gives its arms for a machine, in their order and in one of `sizes`
    sizes; `judge` makes a verdict of their results, of whichever there are. `timed` is whether it
    rests on times at all: how far these can be trusted does not matter to what was counted.
    """

    number: int
    title: str
    quote: str
    measured: str
    physics: str
    trial: Callable[[Setting], tuple[Step, ...]]
    judge: Callable[[Measured], Verdict]
    sizes: int = 1
    timed: bool = True

    def verdict(self, measured: Measured) -> Verdict:
        """The verdict with how far its runs can be trusted, and what could not be measured."""
        found = self.judge(measured)
        untested = (*found.untested, *measured.missing())
        if not self.timed:
            return found.model_copy(update={"untested": untested})
        return found.model_copy(
            update={"trust": measured.trust, "doubts": measured.doubts, "untested": untested}
        )


def no_verdict(sentence: str, reason: str) -> Verdict:
    """What is said where the arms that matter were not measured."""
    return Verdict(kind=VerdictKind.UNDECIDED, sentence=sentence, parts=(), reason=reason)
