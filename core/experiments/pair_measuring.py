"""Measures runs of an experiment alone, or two in turns: submit, link, wait, stop."""

from collections.abc import Sequence

from core.errors import HistoryError
from core.experiments.measuring import Measuring
from core.results.types import Outcome
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec


class PairMeasuring(Measuring):
    """Measuring that knows pairs too."""

    def measure_pair(
        self, specs: Sequence[RunSpec], labels: Sequence[str], pairs: PairPlan
    ) -> tuple[Outcome, Outcome]:
        """Measure two specs in turns and wait for the end of both.

        Raises RequestError where they cannot run here, HistoryError where they cannot be stored.
        """
        a, b = specs
        run_ids = self.jobs.submit_pair(a, b, pairs, self.usual_slot(a))
        self._running[run_ids[0]] = None
        try:
            for run_id, label in zip(run_ids, labels, strict=True):
                self._link(run_id, label)
            first, second = (self._wait(run_id, lambda: False) for run_id in run_ids)
            return first, second
        except HistoryError:
            self.jobs.cancel(run_ids[0])
            raise
        finally:
            self._running.pop(run_ids[0], None)
