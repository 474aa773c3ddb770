"""A data folder after years of use: ten thousand runs, a sweep, a load test of thousands.

What nobody could measure for a benchmark is carried out by the tests' executor; all of it is stored
by the program's own code.
"""

import random
import time
from dataclasses import dataclass

from core.experiments.batching.load_request import LoadTestRequest
from core.experiments.batching.load_tests import LoadTests
from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweep_request import sweep_request
from core.experiments.sweeps.sweeps import Sweeps
from core.home import history_file
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Samples
from core.results.types import RunResult
from core.variants.environment import read_environment
from core.variants.load import Load
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec
from tests.fake_executor import FakeExecutor
from tests.sample_histories import fill
from tests.samples import a_result, a_spec

RUNS, DIFFERENT = 10_000, 1500
MODELS = ("smollm2-135m", "gpt2", "qwen3-1.7b")
LONG_RUNS, LONG_TOKENS = 12, 2048
REQUESTS, REQUEST_TOKENS = 32, 512
LOAD_REQUESTS = 3000
NOTED = 60
SWEEP_AXES = {
    "precision": ("fp32", "bf16", "fp16", "int8"),
    "attention": ("sdpa", "eager"),
    "batch_size": (1, 2, 4, 8, 16),
    "max_new_tokens": (8, 16, 32),
}
BASE = {"prompt": "Once upon a time", "repeats": 3}
WAIT_S = 600.0


@dataclass(frozen=True)
class LongHome:
    """What there is to open: a run of many tokens, one of many requests, a sweep, a load test."""

    long_run: str
    requests_run: str
    sweep: str
    load_test: str


def make_long_home() -> LongHome:
    """Fill the history of `$TRADEOFFS_HOME`."""
    history = History(history_file())
    fill(history, RUNS, DIFFERENT, questions=1, models=MODELS)
    long_run, requests_run = _store_long(history)
    for run_id in history.ids()[:: RUNS // NOTED]:
        history.annotate(run_id, f"tried again {run_id[-3:]}: fan on, lid open")
    with JobManager(make_executor=lambda _: FakeExecutor()) as jobs:
        conductor = Conductor(jobs)
        try:
            return LongHome(long_run, requests_run, _sweep(conductor), _load_test(conductor))
        finally:
            conductor.close()


def known_home() -> LongHome:
    """What an earlier call has left in `$TRADEOFFS_HOME`."""
    with JobManager(make_executor=lambda _: FakeExecutor()) as jobs:
        conductor = Conductor(jobs)
        try:
            sweep = Sweeps(conductor).listed()[0].experiment_id
            load_test = LoadTests(conductor).listed()[0].experiment_id
        finally:
            conductor.close()
    return LongHome("long-00", "requests-01", sweep, load_test)


def _store_long(history: History) -> tuple[str, str]:
    """Runs of thousands of tokens, and one whose requests each have their own times."""
    spec = a_spec(max_new_tokens=LONG_TOKENS, batch_size=4)
    ids = [f"long-{number:02}" for number in range(LONG_RUNS)]
    for run_id in ids:
        history.finish(_scattered(a_result(run_id, spec, e2e_s=60.0), run_id))
    requests = a_spec(max_new_tokens=REQUEST_TOKENS, batch_size=REQUESTS)
    result = a_result("requests-01", requests, e2e_s=20.0)
    own = tuple((times,) * REQUESTS for times in result.samples.token_s)
    samples = result.samples.model_copy(update={"request_s": own})
    history.finish(_scattered(result.model_copy(update={"samples": samples}), "requests-01"))
    return ids[0], "requests-01"


def _scattered(result: RunResult, seed: str) -> RunResult:
    """The result with steps that scatter, and now and then a long one, as real ones do."""
    draw = random.Random(seed)
    samples = result.samples
    update = {
        "token_s": tuple(_later(times, draw) for times in samples.token_s),
        "request_s": tuple(
            tuple(_later(times, draw) for times in rows) for rows in samples.request_s
        ),
    }
    return result.model_copy(update={"samples": Samples(**{**samples.model_dump(), **update})})


def _later(times: tuple[float, ...], draw: random.Random) -> tuple[float, ...]:
    late_s, found = 0.0, []
    for moment in times:
        late_s += draw.uniform(0, 0.001) + (0.2 if draw.random() < 0.002 else 0.0)
        found.append(moment + late_s)
    return tuple(found)


def _sweep(conductor: Conductor) -> str:
    sweeps, environment = Sweeps(conductor), read_environment()
    key = sweeps.start(sweep_request({"axes": SWEEP_AXES, "base": BASE}), environment)
    _wait(sweeps.wait(key, WAIT_S), "sweep")
    return key


def _load_test(conductor: Conductor) -> str:
    tests = LoadTests(conductor)
    kinds = (PolicyKind.STATIC, PolicyKind.WINDOW, PolicyKind.CONTINUOUS)
    policies = tuple(Policy(kind=kind, batch_size=8) for kind in kinds)
    request = LoadTestRequest(
        variant=VariantSpec(),
        load=Load.model_validate({"requests": LOAD_REQUESTS, "output_lengths": "uniform:2-16"}),
        simulated=policies,
        measured=policies,
        rates=(2.0,),
        most_s=14_400.0,
    )
    key = tests.start(request, read_environment())
    _wait(tests.wait(key, WAIT_S), "load test")
    return key


def _wait(ended: bool, what: str) -> None:
    if not ended:
        raise RuntimeError(f"the {what} did not end in {WAIT_S:g} s: {time.ctime()}")
