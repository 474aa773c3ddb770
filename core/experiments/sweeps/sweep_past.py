"""What the history has of a sweep: how its runs ended, and how its cells stand by that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import FailureKind, HistoryError
from core.experiments.run_end import RunEnd, end_of
from core.experiments.sweeps.cells import Board
from core.experiments.sweeps.sweep_picture import Spent
from core.results.experiments import TRIAL_LABEL, ExperimentRun
from core.results.history import History
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Past:
    """What earlier sittings have left: how each cell's last run ended, by spec id, the runs that
    are linked already, and what all took.
    """

    ends: Mapping[str, RunEnd] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()
    spent: Spent = field(default_factory=Spent)

    @property
    def measured(self) -> dict[str, str]:
        """Run ids of the cells that this sweep has measured, by spec id."""
        return {key: end.run_id for key, end in self.ends.items() if end.failure is None}


class Ends:
    """How runs ended, read once each: a run that is over does not change."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._known: dict[str, RunEnd] = {}

    def of(self, runs: Iterable[ExperimentRun]) -> dict[str, RunEnd]:
        """Of these runs those that are over, by run id."""
        for run in runs:
            if run.run_id not in self._known:
                end = self._read(run.run_id)
                if end is not None:
                    self._known[run.run_id] = end
        return {run.run_id: self._known[run.run_id] for run in runs if run.run_id in self._known}

    def _read(self, run_id: str) -> RunEnd | None:
        """None where the run is not over; one that is damaged is measured again."""
        try:
            stored = self._history.get(run_id)
        except HistoryError as error:
            return RunEnd(run_id, 0.0, 0.0, FailureKind.LOST, str(error))
        return end_of(stored.outcome) if stored and stored.outcome else None


def past_of(
    runs: Sequence[ExperimentRun], ends: Mapping[str, RunEnd], result: Mapping[str, Any] | None
) -> Past:
    """From the runs of a sweep, how they ended, and what was stored when it last ended."""
    own = [run for run in runs if not run.reused and run.run_id in ends]
    kept = result or {}
    seconds = sum(ends[run.run_id].seconds for run in own)
    timed_s = sum(ends[run.run_id].timed_s for run in own)
    return Past(
        ends={run.label: ends[run.run_id] for run in own if run.label != TRIAL_LABEL},
        linked=frozenset(run.run_id for run in runs),
        spent=Spent(max(seconds, float(kept.get("seconds") or 0.0)), timed_s),
    )


def board_of(
    specs: Sequence[RunSpec],
    runs: Iterable[ExperimentRun],
    ends: Mapping[str, RunEnd],
    active: bool,
    result: Mapping[str, Any] | None,
) -> Board:
    """The cells as the history tells: `active` is whether a process goes on with the sweep, whose
    unfinished runs are then running.
    """
    board, by_id = Board(specs), {spec.id: spec for spec in specs}
    for run in runs:
        spec, end = by_id.get(run.label), ends.get(run.run_id)
        if spec is None:
            continue
        if run.reused:
            board.reuse(spec, run.run_id)
        elif end is not None:
            board.end(spec, end)
        elif active:
            board.begin(spec, run.run_id)
    for key, reason in (result or {}).get("skipped", {}).items():
        if key in by_id:
            board.skip(by_id[key], str(reason))
    return board
