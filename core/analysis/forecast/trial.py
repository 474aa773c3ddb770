"""A short trial: a few tiny real runs after which a sweep's time can be told.

How fast a precision is on a machine cannot be known beforehand: nf4 on a CPU varies tenfold. So
each pace of which nothing was measured is tried with few tokens: at its smallest batch, at the next
(a single row has kernels of its own) and at its largest, and once more with its longest prompt.
Between these the time follows straight lines. Of few cells fewer are tried: a trial should cost
little beside what it tells of. What is compiled is not tried with other sizes, since
they would be compiled anew: its cheapest cell is measured as it is, and the sweep takes it over.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence

from core.analysis.forecast.evidence import Evidence, near_pace, pace
from core.analysis.forecast.need import prompt_tokens
from core.results.types import RunResult
from core.variants.lengths import new_tokens_cap
from core.variants.spec import RunSpec

TRIAL_TOKENS, TRIAL_REPEATS, TRIAL_WARMUP = 8, 2, 1
SHORT_TEXT, NEAR_ENOUGH = 256, 1.5
"""Up to so many tokens all attention backends are about equally fast; amounts within that ratio
tell of each other."""


def trial_specs(cells: Sequence[RunSpec], evidence: Sequence[RunResult]) -> tuple[RunSpec, ...]:
    """The runs of the trial, in order, each variant's together; empty where nothing is missing."""
    known = Evidence(evidence)
    groups: dict[Hashable, list[RunSpec]] = defaultdict(list)
    for spec in cells:
        groups[_tried_together(spec)].append(spec)
    wanted = [spec for group in groups.values() for spec in _of_group(group, known)]
    return tuple(sorted(dict.fromkeys(wanted), key=lambda spec: spec.variant.id))


def _tried_together(spec: RunSpec) -> Hashable:
    """Equal for cells of which one tells enough of the others."""
    text = prompt_tokens(spec) + new_tokens_cap(spec.workload, prompt_tokens(spec))
    return near_pace(spec) if text <= SHORT_TEXT else pace(spec)


def _of_group(group: Sequence[RunSpec], known: Evidence) -> list[RunSpec]:
    if any(spec.variant.may_compile for spec in group):
        cheapest = min(group, key=_size)
        return [] if known.of_pace(cheapest) else [cheapest]
    return [_tiny(spec) for spec in _corners(group) if not _is_known(spec, known)]


def _corners(group: Sequence[RunSpec]) -> list[RunSpec]:
    """With the shortest prompt the smallest batch and the largest, the smallest batch with the
    longest prompt, and the second batch: in this order of weight, for every two cells one.
    """
    by_size = sorted(group, key=_size)
    shortest = [spec for spec in by_size if prompt_tokens(spec) == prompt_tokens(by_size[0])]
    by_batch = list({spec.workload.batch_size: spec for spec in reversed(shortest)}.values())[::-1]
    longest = max(by_size, key=lambda spec: (prompt_tokens(spec), -spec.workload.batch_size))
    wanted = dict.fromkeys([by_batch[0], by_batch[-1], longest, *by_batch[1:2]])
    return list(wanted)[: (len(group) + 1) // 2]


def _is_known(spec: RunSpec, known: Evidence) -> bool:
    """Whether a run of about so many rows and so long a prompt was measured."""
    rows, tokens = spec.workload.batch_size, prompt_tokens(spec)
    return any(
        _about(one.batch, rows) and _about(one.prompt_tokens, tokens)
        for one in known.of_near_pace(spec)
    )


def _about(measured: int, wanted: int) -> bool:
    return measured == wanted or NEAR_ENOUGH > measured / wanted > 1 / NEAR_ENOUGH


def _tiny(spec: RunSpec) -> RunSpec:
    """The same with few tokens and repeats, and nothing beside the timed part."""
    tokens = min(TRIAL_TOKENS, new_tokens_cap(spec.workload, prompt_tokens(spec)))
    changes = {
        "max_new_tokens": tokens,
        "max_length": None,
        "repeats": TRIAL_REPEATS,
        "warmup": TRIAL_WARMUP,
        "quality": False,
        "task": None,
    }
    return spec.model_copy(update={"workload": spec.workload.model_copy(update=changes)})


def _size(spec: RunSpec) -> tuple[int, int, int]:
    """What makes a cell cheap."""
    return spec.workload.batch_size, prompt_tokens(spec), spec.workload.max_new_tokens
