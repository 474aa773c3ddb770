"""What a sweep costs beside measuring: 24 cells, 3 precisions, 2 attentions, 4 batch sizes.

A trial comes first, with a worker of its own, so that the estimate stands before the sweep begins.
Then one process per cell (`python -m core run`) for some of the cells, the sweep, and one process
per cell for the others: a machine that drifts slows both alike. The processes share a data folder
of their own, as the sweep's cells do, so that both measure quality once per variant.

Of each precision two cells are run in processes: the first of its variant, which measures quality,
and a later one, which does not. What they take beside warm-up and measuring is reckoned for all 24
cells, six first ones and eighteen later ones; the timed part is taken to be the sweep's own.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import Ratio, Row
from core.experiments.conductor import Conductor
from core.experiments.run_end import TIMED
from core.experiments.sweep_picture import SweepPicture
from core.experiments.sweep_request import Stage, SweepRequest
from core.experiments.sweeps import Sweeps
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from core.results.statistics import median
from core.variants.environment import read_environment
from core.variants.models import BUNDLED_KEY

PRECISIONS, ATTENTIONS, BATCHES = ("fp32", "bf16", "nf4"), ("sdpa", "eager"), (1, 2, 4, 8)
LATER_BATCH = 2
SHARE, AGAINST_PROCESSES, ESTIMATE = 0.85, 0.7, 0.3


@dataclass(frozen=True)
class Taken:
    """Seconds of one process, of which `timed_s` were warm-up and measuring."""

    seconds: float
    timed_s: float

    @property
    def beside_s(self) -> float:
        """What is not measuring."""
        return self.seconds - self.timed_s


def request(*stages: Stage) -> SweepRequest:
    """The sweep of 24 cells, or its trial."""
    return SweepRequest(
        axes={"precision": PRECISIONS, "attention": ATTENTIONS, "batch_size": BATCHES},
        base={"max_new_tokens": 32, "device": read_environment().default_device},
        stages=stages,
    )


def measure(folder: Path) -> Iterator[Row]:
    """The share of measuring, the sweep against processes, and the estimate against the sweep."""
    swept(request(Stage.TRIAL))
    home = own_home(folder)
    first = [process(home, precision, 1) for precision in PRECISIONS]
    picture = swept(request(Stage.CELLS))
    later = [process(home, precision, LATER_BATCH) for precision in PRECISIONS]
    yield share_row(picture)
    yield against_processes(picture, first, later)
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


def own_home(folder: Path) -> Path:
    """A data folder for the processes, with the prepared model and nothing else."""
    home = folder / "processes"
    models = home / "models"
    models.mkdir(parents=True)
    prepared = Path(os.environ["TRADEOFFS_HOME"]) / "models" / BUNDLED_KEY
    (models / BUNDLED_KEY).symlink_to(prepared.resolve(), target_is_directory=True)
    return home


def process(home: Path, precision: str, batch: int) -> Taken:
    """One cell in a process of its own."""
    flags = ["--precision", precision, "--attention", ATTENTIONS[0], "--batch-size", str(batch)]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "core", "run", *flags, "--max-new-tokens", "32", "--json"],
        env={**os.environ, "TRADEOFFS_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    found: dict[str, Any] = json.loads(done.stdout)
    phases = found["latency"]["phases_s"]
    return Taken(seconds, sum(phases.get(str(phase), 0.0) for phase in TIMED))


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


def against_processes(picture: SweepPicture, first: Sequence[Taken], later: Sequence[Taken]) -> Row:
    """The sweep against one process per cell: 4 cells of each variant, one of them the first."""
    variants, others = len(ATTENTIONS), len(BATCHES) - 1
    beside_s = sum(
        variants * (one.beside_s + others * other.beside_s)
        for one, other in zip(first, later, strict=True)
    )
    processes_s = picture.spent.timed_s + beside_s
    ratio = picture.spent.seconds / processes_s
    return Row(
        "sweep of 24 cells / one process per cell",
        Ratio(ratio),
        f"less than {AGAINST_PROCESSES}",
        ratio < AGAINST_PROCESSES,
        {
            "processes_s": processes_s,
            "beside_first_s": [one.beside_s for one in first],
            "beside_later_s": [one.beside_s for one in later],
            "median_beside_later_s": median([one.beside_s for one in later]),
        },
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
