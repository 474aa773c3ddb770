"""Load tests of this person: plan, start, stop, resume and list them; stored steps of variants.

What the page and the command line use. Load tests of one process and device follow one another, so
that none disturbs another's measurements.
"""

import json
from collections import defaultdict
from functools import lru_cache

from pydantic import ValidationError

from core.analysis.batching.load_words import paced_words
from core.analysis.batching.step_time import fit_calibration
from core.errors import RequestError
from core.experiments.batching.cells import LoadTestResult
from core.experiments.batching.load_picture import ListedLoadTest, LoadPicture, StoredLoadTest
from core.experiments.batching.load_plan import (
    GivenSteps,
    LoadPlan,
    expected_cells,
    plan_problems,
    seconds_left,
)
from core.experiments.batching.load_request import LoadTestRequest
from core.experiments.batching.load_test import LoadTest
from core.experiments.conductor import Conductor
from core.experiments.spreading import spread_slots
from core.experiments.turns import Turns
from core.jobs.slots import Slot
from core.results.experiments import ExperimentKind, ExperimentRow
from core.results.identity import present_environment_id
from core.results.serving import Calibration
from core.variants.environment import Environment
from core.variants.load_order import StepRange, order_problems
from core.variants.spec import VariantSpec

LISTED = 50
KEPT = 4


class LoadTests:
    """Over the conductor of this process; safe to call from any thread."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._jobs = conductor.jobs
        self._experiments = conductor.experiments
        self._turns: defaultdict[str, Turns] = defaultdict(Turns)

    def plan(
        self, request: LoadTestRequest, environment: Environment, given: GivenSteps | None = None
    ) -> LoadPlan:
        """What a load test would use, the given steps if there are some, take, and refuse; raises
        HistoryError, and RequestError where the given steps are not those of its policies.
        """
        problems = order_problems(request.calibration_order, environment)
        known = self._known_steps(request, environment, given)
        if known is None or problems:
            return LoadPlan(None, None, None, None, request.calibration_s, problems)
        calibration, calibrated_in = known
        expected = expected_cells(request, calibration)
        return LoadPlan(
            calibration,
            calibrated_in,
            given.file if given else None,
            expected,
            seconds_left(expected, slots=len(request.devices)),
            tuple(plan_problems(request, expected)),
        )

    def start(
        self, request: LoadTestRequest, environment: Environment, given: GivenSteps | None = None
    ) -> str:
        """Begin a load test, after those that were begun before it, and return its id.

        Raises RequestError where it cannot be carried out, and HistoryError.
        """
        planned = self.plan(request, environment, given)
        for problem in planned.problems:
            raise problem
        slots = self._slots(request)
        here = present_environment_id(environment, request.variant.device) or ""
        stored = request.model_copy(update={"environment_id": here})
        known = LoadTestResult(
            calibration=planned.calibration,
            calibrated_in=planned.calibrated_in,
            steps_file=planned.steps_file,
        )
        turns = self._turns[request.variant.device]
        return self._conductor.start(
            ExperimentKind.LOAD,
            _title(request),
            stored.model_dump(mode="json"),
            lambda key: LoadTest(key, stored, self._jobs, turns, known, slots),
        )

    def resume(self, experiment_id: str, environment: Environment) -> None:
        """Go on with a load test: the cells that were served count.

        Raises RequestError where there is none, where another living process runs it, where it was
        begun in another environment, whose times must not be held against this one's, or where it
        was refused as it was asked.
        """
        found = self.get(experiment_id, environment)
        if found is None:
            raise RequestError("load_test", experiment_id, "the history has no such load test.")
        if found.elsewhere:
            reason = "it was begun on other hardware or with other packages; measure it anew."
            raise RequestError("load_test", experiment_id, reason)
        request, result = found.request, found.result
        if result.final:
            reason = f"it would end the same way again: {result.reason}"
            raise RequestError("load_test", experiment_id, reason, ("a new load test",))
        slots, turns = self._slots(request), self._turns[request.variant.device]
        self._conductor.resume(
            experiment_id,
            lambda key: LoadTest(key, request, self._jobs, turns, result, slots),
        )

    def stop(self, experiment_id: str) -> None:
        """Stop a load test of this process soon."""
        self._conductor.stop(experiment_id)

    def wait(self, experiment_id: str, seconds: float | None = None) -> bool:
        """Wait until a load test of this process is over, or for so long; whether it is."""
        return self._conductor.wait(experiment_id, seconds)

    def picture(self, experiment_id: str) -> LoadPicture | None:
        """How a load test of this process stands; None for any other."""
        found: LoadPicture | None = self._conductor.snapshot(experiment_id)
        return found

    def get(self, experiment_id: str, environment: Environment) -> StoredLoadTest | None:
        """A stored load test; None for an unknown id, and for what is none."""
        row = self._experiments.get(experiment_id)
        return _stored(row, environment) if row else None

    def listed(self, limit: int = LISTED) -> list[ListedLoadTest]:
        """The newest load tests, newest first."""
        rows = self._experiments.listed(ExperimentKind.LOAD, limit)
        return [found for row in rows if (found := _listed(row))]

    def _slots(self, request: LoadTestRequest) -> tuple[Slot, ...]:
        return spread_slots(request.devices, self._jobs.slots(), request.variant.device)

    def _known_steps(
        self, request: LoadTestRequest, environment: Environment, given: GivenSteps | None
    ) -> tuple[Calibration, str | None] | None:
        """Steps that need not be measured, and the load test that has measured them."""
        if given is not None:
            return given.calibration, None
        if request.anew:
            return None
        found = self.steps_of(request.variant, environment, request.range)
        if found is None or found.result.calibration is None:
            return None
        return found.result.calibration, found.result.calibrated_in or found.experiment_id

    def steps_of(
        self,
        variant: VariantSpec,
        environment: Environment,
        sizes: StepRange | None = None,
        *,
        anywhere: bool = False,
    ) -> StoredLoadTest | None:
        """The newest load test with steps of that variant that were measured here, or anywhere,
        over at least those sizes.
        """
        rows = self._experiments.matching(ExperimentKind.LOAD, lambda asked: _asks(asked, variant))
        for found in (_stored(row, environment) for row in rows):
            if (
                found is None
                or found.result.calibration is None
                or (found.elsewhere and not anywhere)
            ):
                continue
            if found.result.steps_file is not None:
                continue
            covers = sizes is None or found.request.range.covers(sizes)
            if covers and _can_be_fitted(found.result.calibration):
                return found
        return None


def _asks(request: str, variant: VariantSpec) -> bool:
    """Whether a stored request is of that variant, whatever else it asks; False of a damaged one,
    and of one that this version cannot read.
    """
    try:
        return VariantSpec.model_validate(json.loads(request)["variant"]) == variant
    except (ValueError, TypeError, LookupError, RequestError):
        return False


def _can_be_fitted(calibration: Calibration) -> bool:
    try:
        return bool(fit_calibration(calibration).fits)
    except RequestError:
        return False


def _title(request: LoadTestRequest) -> str:
    policies = ", ".join(policy.label for policy in request.measured or request.simulated)
    rates = f" {paced_words(request.rates)}" if request.rates else ""
    return f"{request.variant.model} {request.variant.precision}: {policies}{rates}"


def _listed(row: ExperimentRow) -> ListedLoadTest | None:
    """None for what was stored so that this version cannot read it."""
    try:
        request = LoadTestRequest.model_validate(row.request)
    except (ValidationError, RequestError):
        return None
    return ListedLoadTest(
        experiment_id=row.experiment_id,
        title=row.title,
        request=request,
        status=row.status,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _stored(row: ExperimentRow, environment: Environment) -> StoredLoadTest | None:
    """None for what is no load test, or was stored so that this version cannot read it."""
    found = _listed(row) if row.kind is ExperimentKind.LOAD else None
    if found is None:
        return None
    try:
        result = _read(row.result_text) if row.result_text else LoadTestResult()
    except (ValidationError, RequestError):
        return None
    here = present_environment_id(environment, found.request.variant.device)
    return StoredLoadTest(
        **vars(found), result=result, elsewhere=found.request.environment_id != here
    )


@lru_cache(maxsize=KEPT)
def _read(text: str) -> LoadTestResult:
    """Kept by its very text: thousands of requests, which a page asks for after each click."""
    return LoadTestResult.model_validate_json(text)
