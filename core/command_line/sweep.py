"""`sweep`: measure a grid, follow it on stderr, print what came out.

Exit status 0: at least one cell is measured; 1: none is, or it gave up; 2: the request was wrong
or nothing of it can run; 130: interrupted, and said how to go on.
"""

import argparse
from collections.abc import Iterable

from core.analysis.deciding.pareto import ParetoSet, summary
from core.command_line.executors import open_jobs
from core.command_line.output import print_json, print_table, say, tell
from core.command_line.prices import price_for
from core.command_line.sweep_flags import (
    add_flags,
    budgets_of,
    grid_flags,
    request_of,
    spread_of,
)
from core.command_line.sweep_report import (
    bounds_in_words,
    cell_in_words,
    cells_in_words,
    end_in_words,
    estimate_in_words,
    plan_document,
    span_in_words,
    spread_in_words,
    sweep_document,
)
from core.errors import RequestError
from core.experiments.conductor import Conductor
from core.experiments.sweeps.cells import MEASURED, Cell, CellState
from core.experiments.sweeps.judging import Judged, judge
from core.experiments.sweeps.preparation import prepare
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.experiments.sweeps.sweeps import Sweeps, check_runnable
from core.jobs.manager import JobManager
from core.jobs.slots import device_of
from core.results.experiments import ExperimentKind, Experiments
from core.results.format import DASH, show, show_time
from core.results.history import History
from core.results.metrics import BY_KEY
from core.results.naming import name_among
from core.variants.environment import Environment

__all__ = ["add_flags", "sweep_command"]
LOOK_S = 0.3
TOLD = ("tpot_s", "output_tokens_per_s", "peak_bytes")


def sweep_command(chosen: argparse.Namespace) -> int:
    """List sweeps, say what one would do, or measure one."""
    if chosen.list:
        return _list(chosen.json)
    with open_jobs(chosen) as jobs:
        environment = jobs.environment()
        if chosen.dry_run:
            return _dry_run(chosen, jobs, environment)
        sweeps = Sweeps(Conductor(jobs))
        key, request = _begun(chosen, sweeps, jobs, environment)
        picture = _followed(sweeps, key, environment, jobs)
        return _report(picture, request, jobs.history, chosen)


def _begun(
    chosen: argparse.Namespace, sweeps: Sweeps, jobs: JobManager, environment: Environment
) -> tuple[str, SweepRequest]:
    """The sweep that was started or resumed, and what it was asked."""
    if chosen.resume is None:
        request = request_of(chosen, jobs)
        _say_all(spread_in_words(request, jobs.slots()))
        prepared = prepare(request, jobs.history, environment)
        _say_all(cells_in_words(prepared))
        check_runnable(prepared)
        return sweeps.start(request, environment, prepared), request
    given = grid_flags(chosen)
    if given:
        raise RequestError(given[0], getattr(chosen, given[0]), "a resumed sweep has its own grid.")
    stored = sweeps.request_of(chosen.resume)
    device = device_of(stored.devices[0]) if stored.devices else environment.default_device
    changes = {**budgets_of(chosen), **spread_of(chosen, jobs, device)}
    request = stored.model_copy(update=changes)
    sweeps.resume(chosen.resume, environment, request)
    return chosen.resume, request


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _dry_run(chosen: argparse.Namespace, jobs: JobManager, environment: Environment) -> int:
    request = request_of(chosen, jobs)
    _say_all(spread_in_words(request, jobs.slots()))
    prepared = prepare(request, jobs.history, environment)
    _say_all(cells_in_words(prepared))
    check_runnable(prepared)
    _say_all(estimate_in_words(request, prepared.plan))
    if chosen.json:
        print_json(plan_document(request, prepared))
    else:
        cells = enumerate(prepared.plan.cells, 1)
        rows = [
            (str(n), name_among(c.spec, request.axes), c.run_id or span_in_words(c.seconds))
            for n, c in cells
        ]
        print_table(rows, header=("", "CELL", "ABOUT"))
    return 0


def _followed(sweeps: Sweeps, key: str, environment: Environment, jobs: JobManager) -> SweepPicture:
    """Follow a sweep to its end; an interrupt stops it and says how to go on with it."""
    teller = _Teller(jobs)
    try:
        while not sweeps.wait(key, LOOK_S):
            teller(sweeps.picture(key, environment))
    except KeyboardInterrupt:
        say("stopping; the running cell is cancelled")
        sweeps.stop(key)
        sweeps.wait(key)
        say(f"go on with: python -m core sweep --resume {key}")
        raise
    picture = sweeps.picture(key, environment)
    assert picture is not None
    teller(picture)
    return picture


class _Teller:
    """Says the estimate once it is known, and each cell once it has ended."""

    def __init__(self, jobs: JobManager) -> None:
        self._jobs = jobs
        self._told: set[str] = set()
        self._estimated = False
        self._trial = False

    def __call__(self, picture: SweepPicture | None) -> None:
        """Say what is news."""
        if picture is None:
            return
        if picture.stage is Stage.TRIAL and picture.running and not self._trial:
            self._trial = True
            say("trial: a few tiny runs, to tell how long the cells will take")
        if picture.stage is Stage.CELLS and not self._estimated:
            self._estimated = True
            _say_all(estimate_in_words(picture.request, picture.prepared.plan))
        for cell in picture.cells:
            over = cell.state not in (CellState.WAITING, CellState.RUNNING, CellState.REUSED)
            if over and cell.spec.id not in self._told:
                self._told.add(cell.spec.id)
                say(cell_in_words(cell, self._numbers(cell), picture))

    def _numbers(self, cell: Cell) -> dict[str, str]:
        snapshot = self._jobs.snapshot(cell.run_id) if cell.run_id else None
        result = snapshot.result if snapshot else None
        if result is None:
            return {}
        metrics = (BY_KEY[key] for key in TOLD)
        return {metric.label: show(metric.read(result), metric.unit) for metric in metrics}


def _report(
    picture: SweepPicture, request: SweepRequest, history: History, chosen: argparse.Namespace
) -> int:
    """Print what came out, and the exit status."""
    _say_all(end_in_words(picture))
    judged = judge(request, picture.run_ids, history)
    for note in judged.notes:
        say(note)
    if chosen.json:
        own = request.price_per_hour
        price = price_for(None if own is None else str(own))
        print_json(sweep_document(picture, history, price, judged.pareto))
    else:
        _print(picture, judged)
        for line in bounds_in_words(picture, history):
            tell(line)
    return 0 if picture.run_ids and not picture.gave_up else 1


def _print(picture: SweepPicture, judged: Judged) -> None:
    """A line for each cell, and the Pareto set."""
    pareto = judged.pareto
    values = _values(pareto) if pareto else {}
    labels = [o.label.upper() for o in pareto.objectives] if pareto else []
    nothing = ("", *(DASH for _ in labels))
    rows = [
        (cell.run_id or DASH, name_among(cell.spec, picture.request.axes), cell.state,
         *(values.get(cell.run_id or "", nothing) if cell.state in MEASURED else (cell.reason,)))
        for cell in picture.cells
    ]  # fmt: skip
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    header = ["RUN", "CELL", "STATE", "STANDING", *labels]
    print_table(padded, header=[*header, *[""] * (width - len(header))][:width])
    if pareto is not None:
        tell(f"\n{summary(pareto)}")


def _values(pareto: ParetoSet) -> dict[str, tuple[str, ...]]:
    """Of each run its standing, and the objectives as they are shown."""
    return {
        candidate.run_id: (
            str(standing),
            *(show(o.value(candidate), o.unit) for o in pareto.objectives),
        )
        for candidate, standing in zip(pareto.candidates, pareto.standings, strict=True)
    }


def _list(as_json: bool) -> int:
    rows = Experiments(History()).listed(ExperimentKind.SWEEP)
    if as_json:
        print_json(
            [
                {
                    "experiment_id": row.experiment_id,
                    "title": row.title,
                    "status": str(row.status),
                    "created_at": row.created_at.isoformat(),
                    "finished_at": row.finished_at.isoformat() if row.finished_at else None,
                    "request": row.request,
                    "result": row.result,
                }
                for row in rows
            ]
        )
    elif rows:
        lines = ((r.experiment_id, show_time(r.created_at), r.status, r.title) for r in rows)
        print_table(lines, header=("SWEEP", "WHEN", "STATUS", "GRID"))
    else:
        say("There are no sweeps yet.")
    return 0
