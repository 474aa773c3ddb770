"""Do our figures of llama.cpp agree with those of its own llama-bench, on the same file?

`python -m benchmarks.llama_bench PATH/TO/llama-bench [--rounds N]`. llama-bench is built from the
sources inside llama-cpp-python's source package, with the options that the engine was built with.
Round by round both are asked for the same: reading a prompt, and one token after another; the
ratio is of the two rates of a round, ours first.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import own_data_folder
from benchmarks.rows import Row, ratio_of_pairs, table
from benchmarks.runs import bundled_spec, carry_out
from core.jobs.manager import JobManager
from core.results.statistics import median
from core.results.types import RunResult
from core.variants.models import bundled_source

PROMPT_TOKENS, STEPS = 512, 128
REPEATS, WARMUP, ROUNDS = 5, 2, 7
AGREEMENT = 0.10


def measure(binary: Path, rounds: int) -> Iterator[Row]:
    """A row for the prefill's rate and one for that of decode steps."""
    prefill, decode = [], []
    with JobManager() as jobs:
        for turn in range(rounds):
            ours = _prefill_rate(jobs)
            prefill.append((ours, _their_rate(binary, ours.threads, prompt=PROMPT_TOKENS)))
            steps = _decode_rate(jobs)
            decode.append((steps, _their_rate(binary, steps.threads, steps=STEPS)))
            said = f"prefill {_said(prefill[-1])}, decode {_said(decode[-1])}"
            print(f"  round {turn + 1}: {said}", file=sys.stderr)
    yield _row(f"prefill of {PROMPT_TOKENS} tokens", prefill)
    yield _row(f"{STEPS} decode steps", decode)


class Rate(float):
    """Tokens per second, and the threads that they were computed with."""

    threads: int


def _prefill_rate(jobs: JobManager) -> Rate:
    result = _run(jobs, prompt_tokens=PROMPT_TOKENS, max_new_tokens=1)
    return _rate(PROMPT_TOKENS, [times[0] for times in result.samples.token_s], result)


def _decode_rate(jobs: JobManager) -> Rate:
    result = _run(jobs, prompt_tokens=1, max_new_tokens=STEPS + 1)
    return _rate(STEPS, [times[-1] - times[0] for times in result.samples.token_s], result)


def _run(jobs: JobManager, **asked: object) -> RunResult:
    spec = bundled_spec(**asked, engine="llama.cpp", repeats=REPEATS, warmup=WARMUP, device="cpu")
    return carry_out(jobs, spec)


def _rate(tokens: int, seconds: list[float], result: RunResult) -> Rate:
    middle = median(seconds)
    assert middle is not None
    rate = Rate(tokens / middle)
    rate.threads = result.effective.threads or 1
    return rate


def _their_rate(binary: Path, threads: int, prompt: int = 0, steps: int = 0) -> float:
    """The median of what llama-bench says of each repeat."""
    asked = {"-m": bundled_source(), "-p": prompt, "-n": steps, "-t": threads, "-r": REPEATS}
    settings = {"-fa": "on", "-ctk": "f16", "-ctv": "f16", "-ngl": 0, "-o": "json"}
    flags = [str(part) for pair in {**asked, **settings}.items() for part in pair]
    done = subprocess.run([binary, *flags], capture_output=True, text=True, check=True)
    (test,) = json.loads(done.stdout)
    middle = median(test["samples_ts"])
    assert middle is not None
    return middle


def _said(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.1f} and {pair[1]:.1f} tokens/s"


def _row(what: str, pairs: list[tuple[Rate, float]]) -> Row:
    ratio = ratio_of_pairs(pairs)
    met = abs(ratio.value - 1) <= AGREEMENT
    return Row(f"{what}: ours / llama-bench", ratio, f"1 ± {AGREEMENT:.0%}", met)


def main() -> int:
    """0 where both rates agree, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llama_bench", description=__doc__)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with own_data_folder():
        rows = list(measure(chosen.binary, chosen.rounds))
    print(table(rows))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
