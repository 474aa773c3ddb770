"""What measured runs tell of the speed of others: same machine, same model, same levers.

Everything that decides how long a pass takes, apart from how much it computes, is a run's *pace*.
Attention backends differ in speed over long texts alone, so runs that differ in it are near.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from core.results.history import History
from core.results.identity import environment_id, present_environment_id
from core.results.latency import latency_of
from core.results.statistics import median
from core.results.types import RunResult
from core.variants.attention import Attention
from core.variants.environment import Environment
from core.variants.spec import RunSpec, VariantSpec

RUNS_OF_EACH = 30
STEADY_REPEATS = 3
NEWEST = 3


@dataclass(frozen=True)
class Seen:
    """What one measured run tells. Seconds of the prompt's pass, of each later token, of one whole
    generation; tokens per row. `steps` are passes after the first.
    """

    run: RunResult
    prompt_tokens: int
    new_tokens: int
    ttft_s: float
    tpot_s: float | None
    e2e_s: float

    @property
    def batch(self) -> int:
        """Rows generated at once."""
        return self.run.spec.workload.batch_size

    @property
    def steady(self) -> bool:
        """Whether it was repeated often enough for its median to mean something."""
        return len(self.run.samples.e2e_s) >= STEADY_REPEATS


class Evidence:
    """Measured runs of one machine, newest first, found by their pace."""

    def __init__(self, runs: Iterable[RunResult]) -> None:
        self.seen = [seen for run in runs if (seen := _seen(run))]
        self._by_pace: dict[Hashable, list[Seen]] = defaultdict(list)
        self._by_near_pace: dict[Hashable, list[Seen]] = defaultdict(list)
        for one in self.seen:
            self._by_pace[pace(one.run.spec)].append(one)
            self._by_near_pace[near_pace(one.run.spec)].append(one)

    def of_pace(self, spec: RunSpec) -> Sequence[Seen]:
        """Runs with the spec's very levers; those measured often enough, where there are any."""
        return _steady(self._by_pace.get(pace(spec), []))

    def of_near_pace(self, spec: RunSpec) -> Sequence[Seen]:
        """Runs that may differ from it in the attention backend too."""
        return _steady(self._by_near_pace.get(near_pace(spec), []))

    def of_device(self, device: str) -> list[Seen]:
        """All runs on that device."""
        return [one for one in self.seen if one.run.spec.variant.device == device]

    def usual(
        self, read: Callable[[Seen], float | None], wanted: Callable[[VariantSpec], bool]
    ) -> float | None:
        """The median of the newest values that can be read of runs of wanted variants."""
        found = [read(one) for one in self.seen if wanted(one.run.spec.variant)]
        return median([value for value in found if value is not None][:NEWEST])


def pace(spec: RunSpec) -> Hashable:
    """Equal for runs whose passes take equally long if they compute equally much."""
    workload = spec.workload
    guesses = (workload.decoding, workload.draft_model, workload.draft_tokens)
    return (spec.variant, workload.kv_cache, guesses, workload.no_repeat_ngram_size is None)


def near_pace(spec: RunSpec) -> Hashable:
    """The same for all attention backends but flex_attention, which is compiled."""
    if spec.variant.attention is Attention.FLEX_ATTENTION:
        return pace(spec)
    any_attention = spec.variant.model_copy(update={"attention": Attention.SDPA})
    return pace(spec.model_copy(update={"variant": any_attention}))


def evidence_for(
    cells: Sequence[RunSpec], history: History, environment: Environment
) -> tuple[RunResult, ...]:
    """Measured runs of these cells' variants and of near ones on this very machine, newest first;
    raises HistoryError.
    """
    found: dict[str, RunResult] = {}
    for spec in {pace(spec): spec for spec in cells}.values():
        for run in history.similar_results(spec, RUNS_OF_EACH):
            found[run.run_id] = run
    newest_first = sorted(found.values(), key=lambda run: run.submitted_at, reverse=True)
    return measured_here(newest_first, environment)


def measured_here(runs: Iterable[RunResult], environment: Environment) -> tuple[RunResult, ...]:
    """Those of the runs that were measured on this machine as it is now, in their order."""
    return tuple(run for run in runs if _is_here(run, environment))


def _is_here(run: RunResult, environment: Environment) -> bool:
    """Whether device, packages and thread settings were those of now."""
    variant = run.spec.variant
    then = environment_id(run.environment, variant.device, run.effective.threads)
    return then == present_environment_id(environment, variant.device, variant.engine)


def _steady(seen: list[Seen]) -> list[Seen]:
    """Of each batch and prompt the runs that were repeated enough, else whatever there is."""
    kept: dict[Hashable, list[Seen]] = defaultdict(list)
    for one in seen:
        kept[one.batch, one.prompt_tokens].append(one)
    groups = [[one for one in group if one.steady] or group for group in kept.values()]
    return [one for group in groups for one in group[:NEWEST]]


def _seen(run: RunResult) -> Seen | None:
    """All by the mean: a few slow repeats do not move a median, but they take their time."""
    latency = latency_of(run)
    if not latency.e2e_s or not run.output.new_tokens:
        return None
    ttft_s = latency.e2e_s if latency.ttft_s is None else latency.ttft_s
    mean_s = fmean(run.samples.e2e_s)
    slower = mean_s / latency.e2e_s
    return Seen(
        run=run,
        prompt_tokens=run.output.prompt_tokens,
        new_tokens=max(run.output.new_tokens),
        ttft_s=ttft_s * slower,
        tpot_s=None if latency.tpot_s is None else latency.tpot_s * slower,
        e2e_s=mean_s,
    )
