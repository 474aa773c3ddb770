"""Does the worker measure what a plain script would? Its headline `e2e_s` against `model.generate`.

Two processes are alive all the time, the program's worker and a plain script; they take turns
pair by pair, in random order within a pair. Pairs go on until the 95 % interval of the ratio is
narrower than ±3 %, or the time is up. The script that the project began from is run the same way
with its own arguments, for the record: what it times besides is its n-gram rule.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.rows import Ratio, Row, ratio_of_pairs
from benchmarks.runs import run_bundled
from core.jobs.manager import JobManager
from core.results.statistics import median
from core.variants.environment import read_environment
from core.variants.models import BUNDLED_KEY, find_model
from core.variants.spec import DEFAULT_PROMPT

NEW_TOKENS = 32
NARROW = 0.03
LEAST_PAIRS = 12
BASELINE_PAIRS = 8
BASELINE_ARGUMENTS = {"max_length": 50, "no_repeat_ngram_size": 2, "early_stopping": True}

Plain = Callable[[dict[str, Any]], dict[str, float]]


def measure(minutes: float) -> Iterator[Row]:
    """The worker against the plain script, then against the first script's own shape."""
    with JobManager() as manager, plain_script() as plain:
        same = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS, "do_sample": False}
        yield _same_shape(manager, plain, same, minutes)
        yield _first_script(manager, plain)


def _same_shape(
    manager: JobManager, plain: Plain, arguments: dict[str, Any], minutes: float
) -> Row:
    warm_up(manager, plain, arguments, NEW_TOKENS)
    deadline = time.monotonic() + 60 * minutes
    pairs: list[tuple[float, float]] = []
    while time.monotonic() < deadline and not _narrow_enough(pairs):
        pairs.append(pair(manager, plain, arguments, NEW_TOKENS, order=random.Random(len(pairs))))
        _say(pairs)
    ratio = ratio_of_pairs(pairs)
    return Row(
        f"worker e2e_s / plain generate ({NEW_TOKENS} tokens)",
        ratio,
        "interval narrower than ±3 % and contains 1.00",
        ratio.half_width < NARROW and ratio.contains(1.0),
        _seconds(pairs),
    )


def _first_script(manager: JobManager, plain: Plain) -> Row:
    tokens = int(plain(BASELINE_ARGUMENTS)["new_tokens"])
    warm_up(manager, plain, BASELINE_ARGUMENTS, tokens)
    pairs = [
        pair(manager, plain, BASELINE_ARGUMENTS, tokens, order=random.Random(turn))
        for turn in range(BASELINE_PAIRS)
    ]
    what = f"worker e2e_s / the first script's generate ({tokens} tokens)"
    return Row(what, ratio_of_pairs(pairs), "for the record", None, _seconds(pairs))


def warm_up(manager: JobManager, plain: Plain, arguments: dict[str, Any], tokens: int) -> None:
    """One full run and three plain calls of this shape, not counted."""
    run_bundled(manager, max_new_tokens=tokens)
    for _ in range(3):
        plain(arguments)


def pair(
    manager: JobManager,
    plain: Plain,
    arguments: dict[str, Any],
    tokens: int,
    order: random.Random,
) -> tuple[float, float]:
    """Seconds of the worker and of the plain script, whoever came first.

    Raises RuntimeError where the two did not generate the same number of tokens.
    """
    worker_first = order.random() < 0.5
    before = _worker_s(manager, tokens) if worker_first else None
    reply = plain(arguments)
    if reply["new_tokens"] != tokens:
        raise RuntimeError(f"the plain script made {reply['new_tokens']} tokens, not {tokens}")
    worker = before if before is not None else _worker_s(manager, tokens)
    return worker, reply["seconds"]


def _worker_s(manager: JobManager, tokens: int) -> float:
    result = run_bundled(manager, max_new_tokens=tokens, warmup=0)
    if not result.times.was_resident:
        raise RuntimeError("the variant was not resident")
    return result.samples.e2e_s[0]


@contextlib.contextmanager
def plain_script() -> Iterator[Plain]:
    """The plain script as a process: call it with generate's arguments."""
    folder, device = find_model(BUNDLED_KEY).folder, read_environment().default_device
    quiet = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.plain_script", folder, device, DEFAULT_PROMPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **quiet},
        text=True,
    )

    def call(arguments: dict[str, Any]) -> dict[str, float]:
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps(arguments), file=process.stdin, flush=True)
        reply: dict[str, float] = json.loads(process.stdout.readline())
        return reply

    with process:
        try:
            yield call
        finally:
            process.kill()


def _narrow_enough(pairs: list[tuple[float, float]]) -> bool:
    return len(pairs) >= LEAST_PAIRS and ratio_of_pairs(pairs).half_width < NARROW


def _seconds(pairs: list[tuple[float, float]]) -> dict[str, object]:
    return {
        "worker_median_s": median([worker for worker, _ in pairs]),
        "plain_median_s": median([plain for _, plain in pairs]),
    }


def _say(pairs: list[tuple[float, float]]) -> None:
    ratio: Ratio = ratio_of_pairs(pairs)
    end = f"{ratio.low:.3f} to {ratio.high:.3f}" if ratio.low and ratio.high else "…"
    print(f"  pair {len(pairs)}: ratio {ratio.value:.3f}, interval {end}", file=sys.stderr)
