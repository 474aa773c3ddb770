"""Claims on trial on this machine: plan, start, stop and resume trials; the latest of each claim.

What the page and the command line use. Trials of one process follow one another, so that none
disturbs another's measurements.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from core.analysis.claims.claim import Setting
from core.analysis.claims.register import CLAIMS, find_claim
from core.errors import RequestError
from core.experiments.claims.claim_picture import StoredTrial, TrialPicture, TrialResult
from core.experiments.claims.claim_schedule import (
    ClaimRequest,
    Schedule,
    request_of,
    schedule,
)
from core.experiments.claims.claim_trial import ClaimTrial
from core.experiments.conductor import Conductor
from core.experiments.turns import Turns
from core.results.experiments import ExperimentKind, ExperimentRow
from core.results.identity import present_environment_id
from core.results.types import Outcome
from core.variants.environment import Environment

SHORT_LIST, LONGEST_LIST = 30, 500


@dataclass(frozen=True)
class Latest:
    """The newest trials of a claim: the last that was begun, and the last that was judged."""

    begun: StoredTrial
    judged: StoredTrial | None


class Claims:
    """Over the conductor of this process; safe to call from any thread."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._jobs = conductor.jobs
        self._experiments = conductor.experiments
        self._turns = Turns()

    def schedule(self, number: int, setting: Setting, thorough: bool = False) -> Schedule:
        """What a trial would measure; raises RequestError for an unknown claim, HistoryError."""
        return schedule(find_claim(number), setting, self._jobs.history, thorough)

    def start(self, number: int, setting: Setting, thorough: bool = False) -> str:
        """Begin a trial, after those that were begun before it, and return its id.

        Raises RequestError where its arms cannot run here, and HistoryError.
        """
        planned = self.schedule(number, setting, thorough)
        if planned.problems:
            raise planned.problems[0]
        request = request_of(planned, setting, thorough)
        return self._conductor.start(
            ExperimentKind.CLAIM,
            f"Claim {number}: {planned.claim.title}",
            request.model_dump(mode="json"),
            lambda key: ClaimTrial(key, request, self._jobs, self._turns),
        )

    def resume(self, experiment_id: str, environment: Environment) -> None:
        """Go on with a trial: the steps that were measured count.

        Raises RequestError where there is no such trial, where another living process runs it, or
        where it was begun in another environment, whose times must not be held against this one's.
        """
        row = self._experiments.get(experiment_id)
        request = _request(row) if row else None
        if request is None:
            raise RequestError("trial", experiment_id, "the history has no such trial.")
        if request.environment_id != present_environment_id(environment, request.device):
            reason = "it was begun on other hardware or with other packages; measure it anew."
            raise RequestError("trial", experiment_id, reason)
        past = self._past(experiment_id)
        self._conductor.resume(
            experiment_id,
            lambda key: ClaimTrial(key, request, self._jobs, self._turns, past),
        )

    def stop(self, experiment_id: str) -> None:
        """Stop a trial of this process soon."""
        self._conductor.stop(experiment_id)

    def wait(self, experiment_id: str, seconds: float | None = None) -> bool:
        """Wait until a trial of this process is over, or for so long; whether it is."""
        return self._conductor.wait(experiment_id, seconds)

    def picture(self, experiment_id: str) -> TrialPicture | None:
        """How a trial of this process stands; None for any other."""
        found: TrialPicture | None = self._conductor.snapshot(experiment_id)
        return found

    def latest(self, environment: Environment) -> dict[int, Latest]:
        """The newest trials of each claim that was tried, by its number. A few of the newest tell
        most often; only where one of them has no verdict earlier ones are read.
        """
        found = self._newest(environment, SHORT_LIST)
        if len(found) == len(CLAIMS) and all(latest.judged for latest in found.values()):
            return found
        return self._newest(environment, LONGEST_LIST)

    def _newest(self, environment: Environment, among: int) -> dict[int, Latest]:
        found: dict[int, Latest] = {}
        for row in self._experiments.listed(ExperimentKind.CLAIM, among):
            known = found.get(row.request.get("number", 0))
            if known and known.judged:
                continue
            trial = _stored(row, environment)
            if trial:
                judged = trial if trial.result else None
                found[trial.request.number] = Latest(known.begun if known else trial, judged)
        return found

    def run_ids(self, experiment_id: str) -> dict[str, str]:
        """The runs of a trial by their arms' labels; the newest of each."""
        return {run.label: run.run_id for run in self._experiments.runs(experiment_id)}

    def _past(self, experiment_id: str) -> Mapping[str, Outcome]:
        """The outcomes of its arms, of each the newest; one that was lost with its process too."""
        self._jobs.history.mark_lost()
        outcomes = {}
        for label, run_id in self.run_ids(experiment_id).items():
            stored = self._jobs.history.get(run_id)
            if stored is not None and stored.outcome is not None:
                outcomes[label] = stored.outcome
        return outcomes


def total_s(planned: Iterable[Schedule]) -> float | None:
    """About how long several trials take, one after the other; None where any cannot be told."""
    seconds = [one.seconds for one in planned if not one.problems]
    known = [span.likely for span in seconds if span is not None]
    return sum(known) if known and len(known) == len(seconds) else None


def _request(row: ExperimentRow) -> ClaimRequest | None:
    """What a trial was asked; None where another version of this program has stored it so that
    this one cannot read it, and for what is no trial.
    """
    if row.kind is not ExperimentKind.CLAIM:
        return None
    try:
        return ClaimRequest.model_validate(row.request)
    except ValidationError:
        return None


def _stored(row: ExperimentRow, environment: Environment) -> StoredTrial | None:
    request = _request(row)
    if request is None:
        return None
    result, reason = None, ""
    try:
        result = TrialResult.model_validate(row.result) if row.result else None
    except ValidationError:
        reason = str((row.result or {}).get("reason") or (row.result or {}).get("error") or "")
    here = present_environment_id(environment, request.device)
    return StoredTrial(
        experiment_id=row.experiment_id,
        request=request,
        status=row.status,
        created_at=row.created_at,
        finished_at=row.finished_at,
        result=result,
        elsewhere=request.environment_id != here,
        reason=reason,
    )
