"""A load test: measure the variant's steps unless they are known, then serve every open cell.

What was measured is stored after every cell, so that a test which was stopped or killed goes on
with the cells that are open.
"""

import logging
import threading
import time
from collections.abc import Mapping

from core.errors import HistoryError, RequestError
from core.experiments.batching.cells import Cell, LoadTestResult
from core.experiments.batching.load_measuring import LoadMeasuring
from core.experiments.batching.load_picture import LoadPicture
from core.experiments.batching.load_plan import (
    Expected,
    expected_cells,
    plan_problems,
    seconds_left,
)
from core.experiments.batching.load_request import LoadTestRequest
from core.experiments.conductor import Ending
from core.experiments.run_end import AGAIN
from core.experiments.turns import Turns
from core.jobs.manager import JobManager
from core.results.experiments import Experiments, ExperimentStatus
from core.results.load_outcome import CalibrationEnd, LoadFailure, ServingEnd
from core.variants.load_order import ServingOrder

logger = logging.getLogger(__name__)
WAS_STOPPED = "It was stopped."
CALIBRATING = "steps of the variant"


class LoadTest:
    """An `Experiment` over one load. `result` is what earlier sittings have measured, or steps that
    another load test has.
    """

    def __init__(
        self,
        experiment_id: str,
        request: LoadTestRequest,
        jobs: JobManager,
        turns: Turns,
        result: LoadTestResult | None = None,
    ) -> None:
        self._id = experiment_id
        self._request = request
        self._turns = turns
        self._experiments = Experiments(jobs.history)
        self._measuring = LoadMeasuring(jobs)
        self._result = (result or LoadTestResult()).model_copy(update={"reason": ""})
        self._expected: Mapping[Cell, Expected] | None = None
        self._status = ExperimentStatus.RUNNING
        self._label = ""
        self._begun: float | None = None
        self._seconds: float | None = None
        self._lock = threading.Lock()

    def run(self) -> Ending:
        """Wait for its turn, measure what is open, and tell how it ended."""
        try:
            reason = self._in_turn() or ""
        except HistoryError as error:
            reason = f"The history fails, and nothing more could be saved: {error}"
        except RequestError as error:
            reason = str(error)
        except Exception as error:  # what was measured so far must not be lost with it
            logger.exception("load test %s failed", self._id)
            reason = f"{type(error).__name__}: {error}"
        self._result = self._result.model_copy(update={"reason": reason})
        self._status = ExperimentStatus.STOPPED if reason else ExperimentStatus.DONE
        return Ending(self._status, self._result.model_dump(mode="json"))

    def stop(self) -> None:
        """Begin no further cell, and cancel the running one: it is served after a resume."""
        self._measuring.stop()

    def snapshot(self) -> LoadPicture:
        """How it stands."""
        result, active = self._result, self._status is ExperimentStatus.RUNNING
        cells = tuple(self._request.cells())
        done = sum(result.settled(cell) for cell in cells) + (result.calibration is not None)
        return LoadPicture(
            experiment_id=self._id,
            request=self._request,
            status=self._status,
            done=done,
            total=len(cells) + 1,
            label=self._label if active else "",
            ahead=self._turns.ahead(self._id) if active and self._begun is None else 0,
            running=self._measuring.running() if active else None,
            elapsed_s=self._elapsed_s(),
            seconds_left=seconds_left(self._expected, result) if self._expected else None,
            result=result,
        )

    def _in_turn(self) -> str | None:
        """Why it ended early; None where all was tried."""
        if not self._turns.wait(self._id, lambda: self._measuring.stopped):
            return WAS_STOPPED
        self._begun = time.monotonic()
        try:
            return self._calibrate() or self._serve_all()
        finally:
            self._seconds = self._elapsed_s()
            self._turns.done(self._id)

    def _calibrate(self) -> str | None:
        """Measure the steps unless they are there; why that failed, None where they are."""
        if self._result.calibration is not None:
            return None
        self._label = CALIBRATING
        outcome = self._measuring.measure(self._request.calibration_order)
        if isinstance(outcome, CalibrationEnd):
            self._keep(self._result.model_copy(update={"calibration": outcome.calibration}))
            return None
        assert isinstance(outcome, LoadFailure)
        return WAS_STOPPED if self._measuring.stopped else outcome.message

    def _serve_all(self) -> str | None:
        """Serve the open cells, unless the plan shows that this cannot be done."""
        assert self._result.calibration is not None
        self._expected = expected_cells(self._request, self._result.calibration)
        for problem in plan_problems(self._request, self._expected):
            raise problem
        for cell, expected in self._expected.items():
            if self._result.settled(cell):
                continue
            if expected.problem is not None:
                self._keep(self._result.with_refused(cell, str(expected.problem)))
                continue
            if self._measuring.stopped:
                return WAS_STOPPED
            if self._serve(cell) is None:
                return WAS_STOPPED
        return None

    def _serve(self, cell: Cell) -> LoadTestResult | None:
        """Serve one cell and keep what came; None where it was stopped and is open still."""
        self._label = cell.label
        load = self._request.load_at(cell.rate_per_s)
        order = ServingOrder(variant=self._request.variant, load=load, policy=cell.policy)
        outcome = self._measuring.measure(order)
        if isinstance(outcome, ServingEnd):
            return self._keep(self._result.with_served(cell, outcome))
        assert isinstance(outcome, LoadFailure)
        if self._measuring.stopped and outcome.kind in AGAIN:
            return None
        return self._keep(self._result.with_refused(cell, outcome.message))

    def _keep(self, result: LoadTestResult) -> LoadTestResult:
        """Store what there is now; raises HistoryError."""
        self._result = result
        self._experiments.keep(self._id, result.model_dump(mode="json"))
        return result

    def _elapsed_s(self) -> float:
        if self._seconds is not None:
            return self._seconds
        return time.monotonic() - self._begun if self._begun is not None else 0.0
