"""A load test: measure the variant's steps unless they are known, then serve every open cell.

What was measured is stored after every cell, so that a test which was stopped or killed goes on
with the cells that are open.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence

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
from core.experiments.spreading import on_each
from core.experiments.turns import Turns
from core.jobs.manager import JobManager
from core.jobs.slots import Slot
from core.results.experiments import Experiments, ExperimentStatus
from core.results.load_outcome import CalibrationEnd, LoadFailure, ServingEnd
from core.variants.load_order import ServingOrder

logger = logging.getLogger(__name__)
WAS_STOPPED = "It was stopped."
CALIBRATING = "steps of the variant"


class LoadTest:
    """An `Experiment` over one load, its cells spread over the slots, if there are any. `result` is
    what earlier sittings have measured, or steps that another load test has.
    """

    def __init__(
        self,
        experiment_id: str,
        request: LoadTestRequest,
        jobs: JobManager,
        turns: Turns,
        result: LoadTestResult | None = None,
        slots: Sequence[Slot] = (),
    ) -> None:
        self._id = experiment_id
        self._request = request
        self._turns = turns
        self._experiments = Experiments(jobs.history)
        self._measuring = LoadMeasuring(jobs)
        self._result = (result or LoadTestResult()).model_copy(
            update={"reason": "", "final": False}
        )
        self._expected: Mapping[Cell, Expected] | None = None
        self._status = ExperimentStatus.RUNNING
        self._slots = tuple(slots)
        self._labels: dict[str, str] = {}
        self._claimed: set[Cell] = set()
        self._begun: float | None = None
        self._seconds: float | None = None
        self._lock = threading.RLock()

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
            label=" | ".join([*self._labels.values()]) if active else "",
            ahead=self._turns.ahead(self._id) if active and self._begun is None else 0,
            running=self._measuring.running() if active else None,
            elapsed_s=self._elapsed_s(),
            seconds_left=seconds_left(self._expected, result, len(self._slots))
            if self._expected
            else None,
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
        self._labels[""] = CALIBRATING
        order, first = self._request.calibration_order, next(iter(self._slots), None)
        outcome = self._measuring.measure(order, first)
        del self._labels[""]
        if isinstance(outcome, CalibrationEnd):
            self._keep(self._result.model_copy(update={"calibration": outcome.calibration}))
            return None
        assert isinstance(outcome, LoadFailure)
        return WAS_STOPPED if self._measuring.stopped else outcome.message

    def _serve_all(self) -> str | None:
        """Serve the open cells, on all slots at once, unless the plan shows that this cannot be
        done, now or later.
        """
        refused = self._plan()
        if refused is not None:
            self._result = self._result.model_copy(update={"final": True})
            return str(refused)
        if not self._slots:
            return self._serve_on(None)
        reasons = on_each(self._slots, self._serve_on)
        return next((reason for reason in reasons if reason), None)

    def _plan(self) -> RequestError | None:
        """What each cell will take, by the measured steps; why none of it can be done, if so."""
        assert self._result.calibration is not None
        try:
            self._expected = expected_cells(self._request, self._result.calibration)
        except RequestError as error:
            return error
        return next(plan_problems(self._request, self._expected), None)

    def _serve_on(self, slot: Slot | None) -> str | None:
        """Serve open cells, one after the other, as long as there are some."""
        try:
            while (cell := self._next_cell()) is not None:
                self._labels[slot.key if slot else ""] = cell.label
                if self._measuring.stopped or not self._serve(cell, slot):
                    return WAS_STOPPED
        except BaseException:
            self._measuring.stop()  # the other slots need not go on
            raise
        finally:
            self._labels.pop(slot.key if slot else "", None)
        return None

    def _next_cell(self) -> Cell | None:
        """An open cell that nobody serves; those that cannot be served are refused on the way."""
        with self._lock:
            for cell, expected in (self._expected or {}).items():
                if cell in self._claimed or self._result.settled(cell):
                    continue
                if expected.problem is None:
                    self._claimed.add(cell)
                    return cell
                self._keep(self._result.with_refused(cell, str(expected.problem)))
        return None

    def _serve(self, cell: Cell, slot: Slot | None) -> bool:
        """Serve one cell and keep what came; whether it is settled: one that was stopped is not."""
        load = self._request.load_at(cell.rate_per_s)
        order = ServingOrder(variant=self._request.variant, load=load, policy=cell.policy)
        outcome = self._measuring.measure(order, slot)
        with self._lock:
            if isinstance(outcome, ServingEnd):
                self._keep(self._result.with_served(cell, outcome))
                return True
            assert isinstance(outcome, LoadFailure)
            if self._measuring.stopped and outcome.kind in AGAIN:
                return False
            self._keep(self._result.with_refused(cell, outcome.message))
            return True

    def _keep(self, result: LoadTestResult) -> None:
        """Store what there is now; raises HistoryError."""
        self._result = result
        self._experiments.keep(self._id, result.model_dump(mode="json"))

    def _elapsed_s(self) -> float:
        if self._seconds is not None:
            return self._seconds
        return time.monotonic() - self._begun if self._begun is not None else 0.0
