"""The support matrix of this machine on the bundled model: what is offered runs as it was asked,
and what is closed would have failed, or would have been something else without a word.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.analysis.effective import effective_differences
from core.jobs.local_executor import LocalExecutor
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.axes import AXES
from core.variants.engine import DEFAULT_ENGINE
from core.variants.engine_support import engines_with
from core.variants.environment import read_environment
from core.variants.request import build_spec, problems
from core.variants.spec import RunSpec
from tests.carrying import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SMALLEST = {"max_new_tokens": 2, "warmup": 0, "repeats": 1, "quality": False, "device": "cpu"}
# What a choice needs beside it to be a choice at all.
COMPANIONS: Mapping[str, dict[str, Any]] = {"compile=whole": {"kv_cache": "static"}}
# These run on a CPU and do nothing there, which tests/engine/test_compiling.py shows.
WITHOUT_EFFECT = {"compile_backend=cudagraphs", "compile_mode=reduce-overhead"}
CHOICES = [(field, str(choice)) for field, axis in AXES.items() for choice in axis.rows]


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    opened = LocalExecutor("cpu")
    yield opened
    opened.close()


def spec_of(field: str, choice: str, draft: Path) -> RunSpec:
    companions = COMPANIONS.get(f"{field}={choice}", dict(AXES[field].needs))
    if choice == "speculative":
        companions = {"draft_model": str(draft)}
    owners = engines_with(field, choice)
    if DEFAULT_ENGINE not in owners:
        companions = {**companions, "engine": owners[0]}
    return build_spec({**SMALLEST, **companions, field: choice})


@pytest.mark.usefixtures("bundled_model")
@pytest.mark.parametrize(("field", "choice"), CHOICES)
def test_a_choice_that_is_offered_runs_and_one_that_is_closed_would_not(
    executor: LocalExecutor, tiny_model_folder: Path, field: str, choice: str
) -> None:
    spec = spec_of(field, choice, tiny_model_folder)
    closed = problems(spec, read_environment())
    if closed and f"{field}={choice}" in WITHOUT_EFFECT:
        assert "nothing would change" in closed[0].reason or "GPU" in closed[0].reason
        return
    outcome = run(executor, f"{field}-{choice}", spec)
    if closed:
        assert went_wrong(outcome), f"closed for no reason: {closed[0].reason}"
    else:
        assert isinstance(outcome, RunResult), outcome
        assert effective_differences(outcome) == ()


@pytest.mark.usefixtures("bundled_model")
@pytest.mark.parametrize(
    "pair",
    [
        {"attention": "flex_attention", "batch_size": 2, "shortest_prompt_tokens": 3},
        {"decoding": "prompt_lookup", "batch_size": 2},
        {"decoding": "prompt_lookup", "kv_cache": "off"},
    ],
    ids=lambda pair: "-".join(map(str, pair.values())),
)
def test_a_pair_that_is_refused_would_have_failed(
    executor: LocalExecutor, pair: dict[str, Any]
) -> None:
    spec = build_spec({**SMALLEST, **pair})
    assert problems(spec, read_environment()) != ()
    assert went_wrong(run(executor, "pair", spec))


def went_wrong(outcome: Outcome) -> bool:
    """Whether a run failed, or came out otherwise than it was asked for."""
    return isinstance(outcome, RunFailure) or bool(effective_differences(outcome))
