"""Loads served in truth against their simulation, with the bundled model: every policy at a low and
a medium load, p50 end-to-end and throughput.

Steps are measured before and after each load, and a load is held against the steps on either side
of it, so that what a machine does otherwise meanwhile is foretold too. Every load is served again
as long as there is time, policies in turns; of the repeats the median ratio counts.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.rows import Ratio, Row
from core.analysis.batching.agreement import (
    PROMISED,
    PROMISED_FIGURES,
    Agreement,
    agreement,
)
from core.analysis.batching.capacity import capacity_per_s
from core.analysis.batching.step_time import fit_calibration
from core.jobs.manager import JobManager
from core.results.load_outcome import CalibrationEnd, LoadFailure, LoadOutcome, ServingEnd
from core.results.serving import Calibration, ServedLoad
from core.results.statistics import median
from core.variants.environment import read_environment
from core.variants.load import Load, build_load
from core.variants.load_order import CalibrationOrder, LoadOrder, ServingOrder, range_of
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec

UTILISATIONS = (0.4, 0.65)
REQUESTS = 30
LENGTHS = {"prompt_lengths": "uniform:16-64", "output_lengths": "uniform:6-16"}
ROWS, TIMEOUT_S = 4, 0.5
CALIBRATION_S = 10.0


@dataclass
class Cell:
    """A policy at a share of what it can serve; its repeats, each against its simulation."""

    policy: Policy
    utilisation: float
    load: Load
    found: list[Agreement] = field(default_factory=list)


def measure(minutes: float) -> Iterator[Row]:
    """Two rows for each policy and load."""
    deadline = time.monotonic() + 60 * minutes
    variant = VariantSpec(device=read_environment().default_device)
    load = build_load({"requests": REQUESTS, **LENGTHS})
    policies = [Policy(kind=k, batch_size=ROWS, timeout_s=TIMEOUT_S) for k in PolicyKind]
    sizes = range_of(load, policies)
    steps_of = CalibrationOrder(variant=variant, range=sizes, seconds=CALIBRATION_S)
    with JobManager() as jobs:
        before = _calibrated(jobs, steps_of)
        cells = list(_cells(load, policies, before))
        while any(not cell.found for cell in cells) or time.monotonic() < deadline:
            for cell in cells:
                order = ServingOrder(variant=variant, load=cell.load, policy=cell.policy)
                served, after = _served(jobs, order), _calibrated(jobs, steps_of)
                cell.found.append(agreement([served], fit_calibration(_together(before, after))))
                before = after
    for cell in cells:
        yield from (_row(cell, key) for key in PROMISED_FIGURES)


def _cells(load: Load, policies: list[Policy], calibration: Calibration) -> Iterator[Cell]:
    """Each policy at shares of its own capacity."""
    times = fit_calibration(calibration)
    for utilisation in UTILISATIONS:
        for policy in policies:
            rate = utilisation * capacity_per_s(load, policy, times)
            yield Cell(policy, utilisation, load.at_rate(rate))


def _together(before: Calibration, after: Calibration) -> Calibration:
    samples = (*before.samples, *after.samples)
    overheads = (*before.batch_overhead_s, *after.batch_overhead_s)
    return before.model_copy(update={"samples": samples, "batch_overhead_s": overheads})


def _calibrated(jobs: JobManager, order: CalibrationOrder) -> Calibration:
    outcome = _carried_out(jobs, order)
    assert isinstance(outcome, CalibrationEnd)
    return outcome.calibration


def _served(jobs: JobManager, order: ServingOrder) -> ServedLoad:
    outcome = _carried_out(jobs, order)
    assert isinstance(outcome, ServingEnd)
    return outcome.served


def _carried_out(jobs: JobManager, order: LoadOrder) -> LoadOutcome:
    outcome = jobs.wait_load(jobs.submit_load(order))
    if isinstance(outcome, LoadFailure):
        raise RuntimeError(outcome.message)
    return outcome


def _row(cell: Cell, key: str) -> Row:
    """Simulated over measured; the other figures of each repeat stand in the detail."""
    shares = [share for one in cell.found if (share := one.of(key).share) is not None]
    off = median(shares)
    assert off is not None
    detail: dict[str, object] = {
        d.figure.key: [(one.of(d.figure.key).simulated, one.of(d.figure.key).measured)
                       for one in cell.found]
        for d in cell.found[0].deviations
    }  # fmt: skip
    label = cell.found[0].of(key).figure.label
    return Row(
        f"{label}, {cell.policy.label} at {cell.utilisation * 100:.0f} %: simulated / measured",
        Ratio(1 + off, pairs=len(shares)),
        f"{1 - PROMISED:g} to {1 + PROMISED:g}",
        abs(off) <= PROMISED,
        {**detail, "ratios": [1 + share for share in shares], "rate_per_s": cell.load.rate_per_s},
    )
