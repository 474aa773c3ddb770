"""Measures the cells of a sweep, on one device or spread over several: next, measure, learn.

Each slot has a thread of its own that takes the next cell when it is free; what is decided is
decided by one of them at a time. A slot whose worker is lost again and again gets no more cells,
and the others go on.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import FailureKind, RequestError
from core.experiments.budget import Spending
from core.experiments.measuring import Losses, Measuring
from core.experiments.run_end import RunEnd, end_of
from core.experiments.spreading import on_each
from core.experiments.sweeps.cells import Board
from core.experiments.sweeps.evaluation import Evaluation
from core.experiments.sweeps.time_left import TimeLeft
from core.jobs.slots import Slot
from core.results.types import Outcome
from core.variants.spec import RunSpec

WAS_STOPPED = "It was stopped."
ENOUGH_VARIANTS = 2  # lost on one of several slots, it is the slot's fault


@dataclass(frozen=True)
class Cellwork:
    """The cells of one plan, what is made of them as they end, and how long the rest will take."""

    board: Board
    evaluation: Evaluation
    left: TimeLeft


class CellRunner:
    """Over the slots of a sweep; none means that each cell goes to its own device, one by one.
    `notes` tell of slots that were given up, `timed_s` are seconds of warm-up and measuring.
    """

    def __init__(self, measuring: Measuring, spending: Spending, slots: Sequence[Slot]) -> None:
        self.timed_s = 0.0
        self.gave_up = False
        self.notes: tuple[str, ...] = ()
        self._measuring = measuring
        self._spending = spending
        self._slots = tuple(slots)
        self._reason: str | None = None
        self._deciding = threading.RLock()

    def measure_all(self, work: Cellwork) -> str | None:
        """Measure until no cell is left or wanted; why it ended early, None where it did not."""
        if not self._slots:
            self._gave_up_on(None, self._serve(None, work))
            return self._reason
        active = list(self._slots)
        while active and self._reason is None:
            faults = on_each(active, lambda slot: self._serve(slot, work))
            pairs = list(zip(active, faults, strict=True))
            active = [slot for slot, fault in pairs if fault is None]
            for slot, fault in pairs:
                self._gave_up_on(slot if active else None, fault)
            if len(active) == len(pairs):
                break
        return self._reason

    def measure(self, spec: RunSpec, label: str) -> Outcome:
        """Measure a spec that is no cell, on the first slot, and wait for its end."""
        return self._measure(spec, label, self._slots[0] if self._slots else None, None)

    def early_end(self, end: RunEnd) -> str | None:
        """Why a cancelled run ends the sweep; None where somebody cancelled that run alone."""
        if end.failure is not FailureKind.CANCELLED:
            return None
        if self._measuring.stopped:
            return WAS_STOPPED
        return self._spending.refuses(None)

    def _gave_up_on(self, slot: Slot | None, fault: str | None) -> None:
        """Note that a slot gets no more cells, or that the sweep ends with the last one."""
        if fault is None:
            return
        if slot is None:
            self._reason, self.gave_up = fault, True
        else:
            self.notes += (f"{slot.key} got no more cells. {fault}",)

    def _serve(self, slot: Slot | None, work: Cellwork) -> str | None:
        """Give cells to a slot as long as there are some; why it gets no more of them, if it is at
        fault.
        """
        variants = len({cell.variant for cell in work.board.waiting()})
        losses = Losses(variants if len(self._slots) < 2 else min(variants, ENOUGH_VARIANTS))
        try:
            while (spec := self._claim(slot, work)) is not None:
                fault = self._cell(spec, slot, work, losses)
                if fault is not None:
                    return fault
        except BaseException:
            self._end("Something failed.")
            raise
        finally:
            work.evaluation.leave(slot.key if slot else "")
        return None

    def _claim(self, slot: Slot | None, work: Cellwork) -> RunSpec | None:
        """The slot's next cell, which is its own from now on; None where the sweep ends for it."""
        key = slot.key if slot else ""
        with self._deciding:
            while self._reason is None and (spec := work.evaluation.next(key)) is not None:
                doubt = work.evaluation.not_worth_a_run(spec)
                if doubt:
                    work.board.skip(spec, doubt)
                    continue
                estimate = work.left.of(work.board.cell(spec))
                self._end(self._spending.refuses(estimate.likely if estimate else None))
                self._end(WAS_STOPPED if self._measuring.stopped else None)
                if self._reason is None:
                    work.board.claim(spec, key)
                    return spec
        return None

    def _cell(self, spec: RunSpec, slot: Slot | None, work: Cellwork, losses: Losses) -> str | None:
        """Measure one cell; why the slot gets no more, if it does not."""
        begun = time.monotonic()
        try:
            outcome = self._measure(spec, spec.id, slot, work)
        except RequestError as error:
            with self._deciding:
                work.board.refuse(spec, str(error))
                work.evaluation.failed(spec)
            return None
        end = replace(end_of(outcome), seconds=time.monotonic() - begun)
        with self._deciding:
            reason = self.early_end(end)
            if reason:
                work.board.reopen(spec)
                self._end(reason)
                return None
            work.left.learn(work.board.cell(spec), end.seconds)
            work.board.end(spec, end)
            work.evaluation.learn(spec, outcome)
            return losses.count(spec, end)

    def _measure(
        self, spec: RunSpec, label: str, slot: Slot | None, work: Cellwork | None
    ) -> Outcome:
        def begun(run_id: str) -> None:
            if work is not None:
                work.board.begin(spec, run_id)

        placed = spec.on(slot.device) if slot else spec
        used_up = self._spending.used_up
        outcome = self._measuring.measure(placed, label, begun, used_up, slot)
        with self._deciding:
            self.timed_s += end_of(outcome).timed_s
        return outcome

    def _end(self, reason: str | None) -> None:
        """Begin no further cell, for the first reason that there is."""
        with self._deciding:
            self._reason = self._reason or reason
