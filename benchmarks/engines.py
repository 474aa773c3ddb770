"""How much faster is another engine? Each that is set up here takes turns with fp32 transformers.

The bundled model, one row at a time. Round by round, in random order, every variant is run by the
program as any other run is, so that a machine that drifts slows all of them alike; a ratio is of
the two that were measured in the same round. The last line is what the program itself recommends
of these runs where a perplexity ratio of at most 1.05 is asked for.
"""

import random
import sys
from collections.abc import Iterator, Mapping

from benchmarks.rows import Row, ratio_of_pairs
from benchmarks.runs import bundled_spec, carry_out
from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.recommend import recommend
from core.analysis.deciding.scope import candidates_of, choices, find_scope, scopes, table_prices
from core.errors import RequestError
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.naming import short_name
from core.results.statistics import median
from core.results.types import Grade, RunResult
from core.variants.environment import Environment, read_environment, usable_cpus
from core.variants.request import problems
from core.variants.spec import RunSpec

VARIANTS: tuple[Mapping[str, str], ...] = (
    {"precision": "fp32"},
    {"precision": "bf16"},
    {"engine": "llama.cpp"},
    {"engine": "openvino", "precision": "fp32"},
    {"engine": "openvino", "precision": "openvino_int8"},
    {"engine": "openvino", "precision": "openvino_int4"},
)
ASK = "perplexity ratio at most 1.05, fastest"
GOAL = 6.0
ROUNDS, NEW_TOKENS, REPEATS, WARMUP = 8, 32, 3, 4

Measured = dict[str, list[RunResult]]


def measure() -> Iterator[Row]:
    """A row for each variant that can run here, then the recommended one's."""
    specs = runnable(read_environment())
    with JobManager() as manager:
        measured = in_turns(manager, specs)
        chosen = recommended(manager.history)
    baseline = measured[specs[0].variant.id]
    for spec in specs[1:]:
        yield _row(short_name(spec), baseline, measured[spec.variant.id])
    name = short_name(chosen.spec)
    found = _row(f"recommended: {name}", baseline, measured[chosen.spec.variant.id])
    met = found.ratio.value >= GOAL
    yield Row(found.what, found.ratio, f"at least {GOAL:g}", met, found.detail)


def runnable(environment: Environment) -> list[RunSpec]:
    """The specs that nothing stops here, the baseline first; why not is said of the others."""
    found = []
    for variant in VARIANTS:
        spec = bundled_spec(
            **variant, max_new_tokens=NEW_TOKENS, repeats=REPEATS, warmup=WARMUP, quality=True
        )
        reasons = [error.reason for error in problems(spec, environment)]
        if reasons:
            print(f"  without {short_name(spec)}: {' '.join(reasons)}", file=sys.stderr)
        else:
            found.append(spec)
    return found


def in_turns(manager: JobManager, specs: list[RunSpec]) -> Measured:
    """Results of each variant, one for each round."""
    measured: Measured = {spec.variant.id: [] for spec in specs}
    for turn in range(ROUNDS):
        for spec in random.Random(turn).sample(specs, len(specs)):
            result = carry_out(manager, spec)
            measured[spec.variant.id].append(result)
            said = f"{short_name(spec)}: {_e2e_s(result):.3f} s, grade {result.trust.grade}"
            print(f"  round {turn + 1}: {said}", file=sys.stderr)
    return measured


def recommended(history: History) -> RunResult:
    """The run that the program recommends among all that the history has, of any trust grade: other
    programs' use of the machine slows all of them alike. Raises RequestError where none qualifies.
    """
    prices, ask = table_prices(usable_cpus()), read_ask(ASK)
    known = choices([], prices, Grade.C).objectives
    found = candidates_of(history, find_scope(scopes(history), None), ask.keys, known)
    among = choices(found, prices, Grade.C)
    winner = recommend(among.candidates, ask, among.objectives).winner
    stored = history.get(winner.candidate.run_id) if winner else None
    if stored is None or not isinstance(stored.outcome, RunResult):
        raise RequestError("ask", ASK, "no measured run qualifies.")
    return stored.outcome


def _row(name: str, baseline: list[RunResult], results: list[RunResult]) -> Row:
    """The baseline's seconds over the variant's, round by round."""
    pairs = [(_e2e_s(a), _e2e_s(b)) for a, b in zip(baseline, results, strict=True)]
    quality = results[-1].quality
    detail: dict[str, object] = {
        "perplexity_ratio": quality.perplexity_ratio if quality else None,
        "mean_kl_nats": quality.mean_kl_nats if quality else None,
        "baseline_median_s": median([slow for slow, _ in pairs]),
        "median_s": median([fast for _, fast in pairs]),
        "grades": [str(result.trust.grade) for result in results],
    }
    ratio = ratio_of_pairs(pairs)
    lost = f", perplexity ratio {quality.perplexity_ratio:.3f}" if quality else ""
    return Row(f"fp32 transformers / {name}{lost}", ratio, "for the record", None, detail)


def _e2e_s(result: RunResult) -> float:
    middle = median(result.samples.e2e_s)
    assert middle is not None
    return middle
