"""Synthetic histories for tests and benchmarks: many varied runs, inserted in bulk.

Each different run is an honest sample; the others are copies of one, with an id and times of their
own, since making and resampling a hundred thousand would take an hour.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from core.errors import FailureKind
from core.results.columns import (
    outcome_columns,
    searched_column,
    spec_columns,
    stamp,
    tags_column,
)
from core.results.history import History
from core.results.schema import runs
from core.results.types import Grade, Outcome, Trust
from core.variants.models import BUNDLED_KEY
from core.variants.spec import RunSpec
from tests.samples import DAWN, a_failure, a_result, a_spec

CHUNK = 2000
PRECISIONS = ("fp32", "bf16", "fp16", "int8", "nf4", "fp4")
ATTENTIONS = ("sdpa", "eager")
COMPILED = (("off", "dynamic"), ("off", "static"), ("off", "off"), ("whole", "static"))
BATCH_SIZES = (1, 2, 4, 8, 16, 32)
PROMPTS = ("The quick brown fox", "Once upon a time", "Größe und Maß", "In 1969, two men")
TAGS = ((), (), (), ("demo",), ("on battery", "slow"))
GRADES = (Grade.A, Grade.A, Grade.B, Grade.C)
FAILED_SHARE = 0.04


def fill(
    history: History,
    count: int,
    distinct: int = 400,
    questions: int = 8,
    models: Sequence[str] = (BUNDLED_KEY,),
) -> None:
    """Add `count` runs, a minute apart, of which `distinct` are different ones."""
    templates = [_columns(_outcome(i, questions, models)) for i in range(min(distinct, count))]
    chosen = random.Random(0)
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        rows = [_copy(i, chosen.choice(templates)) for i in numbers]
        with history.writing() as connection:
            connection.execute(runs.insert(), rows)


def varied_specs(count: int, questions: int = 8) -> Iterator[RunSpec]:
    """Specs of that many runs: levers at random, but the same ones each time."""
    for number in range(count):
        yield _spec(random.Random(number), questions)


def _spec(draw: random.Random, questions: int, models: Sequence[str] = (BUNDLED_KEY,)) -> RunSpec:
    question = draw.randrange(questions)
    compiled, cache = draw.choice(COMPILED)
    return a_spec(
        model=models[0] if len(models) == 1 else draw.choice(models),
        precision=draw.choice(PRECISIONS),
        attention=draw.choice(ATTENTIONS),
        compile=compiled,
        kv_cache=cache,
        batch_size=draw.choice(BATCH_SIZES),
        prompt=PROMPTS[question % len(PROMPTS)],
        max_new_tokens=16 * (1 + question // len(PROMPTS)),
    )


def _outcome(number: int, questions: int, models: Sequence[str]) -> Outcome:
    draw, run_id = random.Random(number), _run_id(number)
    spec = _spec(draw, questions, models)
    if draw.random() < FAILED_SHARE:
        kind = draw.choice([*FailureKind])
        return a_failure(run_id, spec, kind=kind, message=f"The run ended: {kind}.")
    trust = Trust(grade=draw.choice(GRADES))
    e2e_s = draw.lognormvariate(0.5, 0.5)
    return a_result(run_id, spec, e2e_s=e2e_s, ttft_s=e2e_s * draw.uniform(0.02, 0.2), trust=trust)


def _columns(outcome: Outcome) -> dict[str, Any]:
    empty = dict.fromkeys(("environment_id", "device_name", "hardware_id", "hardware", "intervals"))
    return {
        **empty,
        **spec_columns(outcome.spec),
        **outcome_columns(outcome),
        "run_id": outcome.run_id,
        "submitted_at": stamp(outcome.submitted_at),
        "note": "",
        "deleted": False,
    }


def _copy(number: int, template: dict[str, Any]) -> dict[str, Any]:
    """A run like the template, with id and times of its own, in the stored outcome as well."""
    submitted, draw = DAWN + timedelta(minutes=number), random.Random(-1 - number)
    outcome = template["outcome"].replace(template["run_id"], _run_id(number))
    row = {
        **template,
        "run_id": _run_id(number),
        "submitted_at": stamp(submitted),
        "finished_at": stamp(submitted + timedelta(seconds=30)),
        "outcome": outcome.replace(f"{DAWN:%Y-%m-%dT%H:%M}", f"{submitted:%Y-%m-%dT%H:%M}"),
        "tags": tags_column(draw.choice(TAGS)),
    }
    return {**row, "searched": searched_column(row)}


def _run_id(number: int) -> str:
    return f"synthetic-{number:06}"
