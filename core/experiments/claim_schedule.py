"""What a trial of a claim will measure on this machine, in which order, and how long it takes.

Optional steps are left out, the longest last, where the time that a trial may take would not
suffice. Every arm is measured anew: a claim is tried here and now, not by what was measured once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from core.analysis.claims.claim import Arm, Claim, Setting, Step
from core.analysis.evidence import evidence_for
from core.analysis.span import Span
from core.analysis.sweep_plan import plan
from core.errors import RequestError
from core.results.history import History
from core.results.identity import present_environment_id
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.pairing import PairPlan
from core.variants.request import problems
from core.variants.spec import RunSpec

USUAL_S, THOROUGH_S = 180.0, 600.0
PAIRS = PairPlan(most_pairs=12, smallest_effect=0.05)
THOROUGH_PAIRS = PairPlan(most_pairs=40, smallest_effect=0.03)


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
    steps = claim.trial(setting)
    specs = [arm.spec for step in steps for arm in step.arms]
    evidence = evidence_for(specs, history, setting.environment)
    chosen = [step for step in steps if not step.optional]
    for step in steps:
        if step.optional and _fits([*chosen, step], setting, evidence, thorough):
            chosen.append(step)
    kept = tuple(step for step in steps if step in chosen)
    return Schedule(
        claim=claim,
        steps=kept,
        left_out=tuple(step for step in steps if step not in chosen),
        seconds=_seconds(kept, setting, evidence, thorough),
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


def _fits(
    steps: Sequence[Step], setting: Setting, evidence: Sequence[RunResult], thorough: bool
) -> bool:
    seconds = _seconds(steps, setting, evidence, thorough)
    return seconds is not None and seconds.likely <= (THOROUGH_S if thorough else USUAL_S)


def _seconds(
    steps: Sequence[Step], setting: Setting, evidence: Sequence[RunResult], thorough: bool
) -> Span | None:
    """About how long the steps take: in a pair each arm is repeated as often as there are pairs."""
    specs = [_repeated(arm, step, thorough) for step in steps for arm in step.arms]
    planned = plan(specs, setting.environment, evidence)
    known = not planned.unknown and not planned.too_large
    return planned.seconds if known else None


def _repeated(arm: Arm, step: Step, thorough: bool) -> RunSpec:
    if not step.is_pair:
        return arm.spec
    pairs = {"repeats": pairs_of(thorough).most_pairs // 2}
    return arm.spec.model_copy(update={"workload": arm.spec.workload.model_copy(update=pairs)})


def _problems(steps: Sequence[Step], environment: Environment) -> list[RequestError]:
    return [
        problem
        for step in steps
        for arm in step.arms
        for problem in problems(arm.spec, environment)
    ]
