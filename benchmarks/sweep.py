"""What a sweep costs beside measuring: 24 cells, 3 precisions, 2 attentions, 4 batch sizes.

A trial comes first, with a worker of its own, so that the estimate stands before the sweep begins.
Then one process per cell (`python -m core run`) for some of the cells, the sweep, and one process
per cell for others: a machine that drifts slows both alike.

Of each precision two cells are run in processes: one in a new data folder, so that it keeps nothing
of any other, and one more in that folder, which finds the variant's quality there. What each takes
beyond the timed part of the very same cell in the sweep is its overhead, and is reckoned for all
cells of that precision. Processes that keep nothing are what the sweep is held against; those that
share a data folder are recorded beside them.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.rows import Ratio, Row
from core.experiments.conductor import Conductor
from core.experiments.run_end import end_of
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from core.results.history import History
from core.variants.environment import read_environment
from core.variants.models import BUNDLED_KEY

PRECISIONS, ATTENTIONS, BATCHES = ("fp32", "bf16", "nf4"), ("sdpa", "eager"), (1, 2, 4, 8)
FIRST_BATCH, LATER_BATCH, TOKENS = 1, 2, 32
SHARE, AGAINST_PROCESSES, ESTIMATE = 0.85, 0.7, 0.3


def request(*stages: Stage) -> SweepRequest:
    """The sweep of 24 cells, or its trial."""
    return SweepRequest(
        axes={"precision": PRECISIONS, "attention": ATTENTIONS, "batch_size": BATCHES},
        base={"max_new_tokens": TOKENS, "device": read_environment().default_device},
        stages=stages,
    )


def measure(folder: Path) -> Iterator[Row]:
    """The share of measuring, the sweep against processes, and the estimate against the sweep."""
    swept(request(Stage.TRIAL))
    homes = {precision: new_home(folder / precision) for precision in PRECISIONS}
    alone_s = {name: process_s(home, name, FIRST_BATCH) for name, home in homes.items()}
    picture = swept(request(Stage.CELLS))
    later_s = {name: process_s(home, name, LATER_BATCH) for name, home in homes.items()}
    timed_s = timed_of(picture)
    alone = {name: s - timed_s[name, FIRST_BATCH] for name, s in alone_s.items()}
    later = {name: s - timed_s[name, LATER_BATCH] for name, s in later_s.items()}
    yield share_row(picture)
    yield from against_processes(picture, alone, later)
    yield estimate_row(picture)


def swept(asked: SweepRequest) -> SweepPicture:
    """A sweep that was waited for, in a worker of its own."""
    environment = read_environment()
    with JobManager() as jobs:
        sweeps = Sweeps(Conductor(jobs))
        key = sweeps.start(asked, environment)
        sweeps.wait(key)
        picture = sweeps.picture(key, environment)
    if picture is None or picture.status is not ExperimentStatus.DONE:
        raise RuntimeError(f"the sweep ended early: {picture.reason if picture else 'unknown'}")
    return picture


def new_home(home: Path) -> Path:
    """A data folder with the prepared model and nothing else."""
    models = home / "models"
    models.mkdir(parents=True)
    prepared = Path(os.environ["TRADEOFFS_HOME"]) / "models" / BUNDLED_KEY
    (models / BUNDLED_KEY).symlink_to(prepared.resolve(), target_is_directory=True)
    return home


def process_s(home: Path, precision: str, batch: int) -> float:
    """Seconds of one cell in a process of its own."""
    flags = ["--precision", precision, "--attention", ATTENTIONS[0], "--batch-size", str(batch)]
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "core", "run", *flags, "--max-new-tokens", str(TOKENS), "--json"],
        env={**os.environ, "TRADEOFFS_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def timed_of(picture: SweepPicture) -> dict[tuple[str, int], float]:
    """Warm-up and measuring of the sweep's cells with the first attention, by precision and batch
    size, in seconds.
    """
    found = {}
    for run in History().in_full(picture.run_ids).runs:
        variant, outcome = run.spec.variant, run.outcome
        if variant.attention == ATTENTIONS[0] and outcome is not None:
            key = (str(variant.precision), run.spec.workload.batch_size)
            found[key] = end_of(outcome).timed_s
    return found


def share_row(picture: SweepPicture) -> Row:
    """The share of warm-up and measuring in all seconds of the sweep."""
    share = picture.spent.timed_share or 0.0
    return Row(
        "sweep of 24 cells: warm-up and measuring / all",
        Ratio(share),
        f"at least {SHARE}",
        share >= SHARE,
        {"seconds": picture.spent.seconds, "timed_s": picture.spent.timed_s},
    )


def against_processes(
    picture: SweepPicture, alone: Mapping[str, float], later: Mapping[str, float]
) -> Iterator[Row]:
    """The sweep against one process per cell, by the overheads of a process that keeps nothing and
    of one that finds its variant's quality, by precision.
    """
    variants, batches = len(ATTENTIONS), len(BATCHES)
    apart_s = sum(variants * batches * alone[name] for name in PRECISIONS)
    sharing_s = sum(variants * (alone[name] + (batches - 1) * later[name]) for name in PRECISIONS)
    detail: dict[str, object] = {"alone_s": dict(alone), "later_s": dict(later)}
    for what, overhead_s, wanted in (
        ("one process per cell", apart_s, AGAINST_PROCESSES),
        ("one process per cell, qualities kept between them", sharing_s, None),
    ):
        ratio = picture.spent.seconds / (picture.spent.timed_s + overhead_s)
        yield Row(
            f"sweep of 24 cells / {what}",
            Ratio(ratio),
            f"less than {wanted}" if wanted else "recorded",
            ratio < wanted if wanted else None,
            detail,
        )


def estimate_row(picture: SweepPicture) -> Row:
    """What was expected over what it took."""
    expected = picture.estimate.likely if picture.estimate else 0.0
    ratio = expected / picture.spent.seconds
    return Row(
        "sweep of 24 cells: estimate / taken",
        Ratio(ratio),
        f"within {ESTIMATE:.0%}",
        abs(ratio - 1) <= ESTIMATE,
        {"expected_s": expected, "low_s": picture.estimate.low if picture.estimate else None},
    )
