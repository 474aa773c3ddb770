"""What a trial of a claim will measure on this machine, in which order, and how long it takes.

Of the sizes in which a claim can be tried the largest is taken that fits into the time for a trial,
or else the smallest; optional steps are left out where the time does not suffice. Every arm is
measured anew: a claim is tried here and now, not by what was measured once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from core.analysis.claims.claim import Arm, Claim, Setting, Step
from core.analysis.forecast.evidence import evidence_for
from core.analysis.forecast.span import Span
from core.analysis.forecast.sweep_plan import plan
from core.errors import RequestError
from core.results.history import History
from core.results.identity import present_environment_id
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.pairing import PairPlan
from core.variants.request import problems
from core.variants.spec import RunSpec

USUAL_S, THOROUGH_S = 180.0, 600.0
PAIRS = PairPlan(most_pairs=10, smallest_effect=0.05)
THOROUGH_PAIRS = PairPlan(most_pairs=40, smallest_effect=0.03)
LIKELY_SHARE = 0.75
"""Of the most pairs so many are likely: a large difference is told after six, none after all."""
STAMPED_PAIRS, STAMPED_ALONE = 12, 5
"""So many pairs are measured a second time with stamps, of a run alone so many repeats."""


class Closed(BaseModel):
    """A closed, frozen part of what is stored of a trial."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredArm(Closed):
    """An arm as it is stored."""

    label: str
    spec: RunSpec


class ClaimRequest(Closed):
    """What a trial was asked: which claim, by which steps, in which environment. `left_out` are
    the labels of optional steps that the time did not suffice for.
    """

    number: int
    device: str
    environment_id: str
    pairs: PairPlan
    steps: tuple[tuple[StoredArm, ...], ...]
    left_out: tuple[str, ...] = ()
    estimate_s: float | None = None

    @property
    def trial_steps(self) -> tuple[Step, ...]:
        """The steps to be measured, in their order."""
        return tuple(Step(tuple(Arm(arm.label, arm.spec) for arm in arms)) for arms in self.steps)


@dataclass(frozen=True)
class Schedule:
    """A trial before it begins. `seconds` are None where they cannot be told; `problems` say why
    it cannot begin.
    """

    claim: Claim
    steps: tuple[Step, ...]
    left_out: tuple[Step, ...]
    seconds: Span | None
    problems: tuple[RequestError, ...]


def setting_of(environment: Environment, device: str | None = None) -> Setting:
    """The machine with the device on which claims are tried; raises RequestError for an unknown
    one.
    """
    key = device or environment.default_device
    found = environment.device(key)
    if found is None:
        known = [one.key for one in environment.devices]
        raise RequestError("device", key, "there is no such device.", known)
    return Setting(environment, found)


def schedule(claim: Claim, setting: Setting, history: History, thorough: bool = False) -> Schedule:
    """Plan a trial; raises HistoryError."""
    sizes = [claim.trial(replace(setting, size=size)) for size in range(claim.sizes)]
    specs = [arm.spec for steps in sizes for step in steps for arm in step.arms]
    clock = _Clock(setting, evidence_for(specs, history, setting.environment), thorough)
    steps = next((steps for steps in sizes if clock.allows(_needed(steps))), sizes[-1])
    chosen = _needed(steps)
    for step in steps:
        if step.optional and clock.allows([*chosen, step]):
            chosen.append(step)
    kept = tuple(step for step in steps if step in chosen)
    return Schedule(
        claim=claim,
        steps=kept,
        left_out=tuple(step for step in steps if step not in chosen),
        seconds=clock.seconds(kept),
        problems=tuple(_problems(kept, setting.environment)),
    )


def request_of(planned: Schedule, setting: Setting, thorough: bool) -> ClaimRequest:
    """The schedule as it is stored, so that a resumed trial measures the very same arms."""
    return ClaimRequest(
        number=planned.claim.number,
        device=setting.device.key,
        environment_id=present_environment_id(setting.environment, setting.device.key) or "",
        pairs=pairs_of(thorough),
        steps=tuple(
            tuple(StoredArm(label=arm.label, spec=arm.spec) for arm in step.arms)
            for step in planned.steps
        ),
        left_out=tuple(step.label for step in planned.left_out),
        estimate_s=planned.seconds.likely if planned.seconds else None,
    )


def pairs_of(thorough: bool) -> PairPlan:
    """How long arms are measured in turns."""
    return THOROUGH_PAIRS if thorough else PAIRS


def _needed(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if not step.optional]


@dataclass(frozen=True)
class _Clock:
    """About how long steps take: in a pair each arm is repeated as often as there are pairs."""

    setting: Setting
    evidence: Sequence[RunResult]
    thorough: bool

    def allows(self, steps: Sequence[Step]) -> bool:
        """Whether a trial of these steps fits into the time that one may take."""
        seconds = self.seconds(steps)
        return seconds is not None and seconds.likely <= (THOROUGH_S if self.thorough else USUAL_S)

    def seconds(self, steps: Sequence[Step]) -> Span | None:
        """None where the sizes of a model are not known, or do not fit at all."""
        specs = [_expected(arm, step, self.thorough) for step in steps for arm in step.arms]
        planned = plan(specs, self.setting.environment, self.evidence)
        known = not planned.unknown and not planned.too_large
        return planned.seconds if known else None


def _expected(arm: Arm, step: Step, thorough: bool) -> RunSpec:
    """The arm with as many repeats and tokens as it is likely to have."""
    likely: dict[str, int] = {}
    if step.is_pair:
        pairs = round(LIKELY_SHARE * pairs_of(thorough).most_pairs)
        likely["repeats"] = pairs + min(pairs, STAMPED_PAIRS) - STAMPED_ALONE
    if arm.tokens is not None:
        likely["max_new_tokens"] = arm.tokens
    return arm.spec.model_copy(update={"workload": arm.spec.workload.model_copy(update=likely)})


def _problems(steps: Sequence[Step], environment: Environment) -> list[RequestError]:
    return [
        problem
        for step in steps
        for arm in step.arms
        for problem in problems(arm.spec, environment)
    ]
