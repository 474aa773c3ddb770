"""Quality of a variant against its reference: the same model in fp32, on a fixed text.

Measured once per variant and kept on disk. Passage by passage: the log probabilities of all of
them together would take some hundred MB.
"""

import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import starmap
from pathlib import Path

from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities, compare, quality_of
from core.engine.loader import Loaded
from core.engine.quality_cache import (
    keep_log_probabilities,
    keep_passages,
    keep_result,
    quality_texts,
    read_log_probabilities,
    read_result,
    reference_folder,
    reference_variant,
    result_file,
)
from core.engine.scoring import context_of, encode, log_probabilities
from core.results.measured import Quality
from core.variants.spec import VariantSpec

MOST_TOKENS = 1024
LoadReference = Callable[[VariantSpec], Loaded]


def cached_quality(variant: VariantSpec, folder: Path) -> Quality | None:
    """An earlier measurement of the same weights, levers and libraries."""
    kept = read_result(result_file(variant, folder, quality_texts()))
    return kept.model_copy(update={"from_cache": True}) if kept else None


def measure_quality(
    loaded: Loaded, folder: Path, load_reference: LoadReference, cancellation: Cancellation
) -> Quality:
    """Measure, and keep the measurement on disk. Loads the reference unless it was kept too.

    Raises NoQuality where an overflow, as of fp16, leaves nothing to compare.
    """
    start = time.perf_counter()
    pairs = _pairs(loaded, folder, load_reference, cancellation)
    total, *rest = starmap(compare, pairs)
    for sums in rest:
        total += sums
    quality = quality_of(total, reference_variant(loaded.variant).id, time.perf_counter() - start)
    keep_result(result_file(loaded.variant, folder, quality_texts()), quality)
    return quality


def keep_reference(loaded: Loaded, folder: Path, cancellation: Cancellation) -> Path:
    """Compute and keep the reference's log probabilities, for engines that cannot; `loaded` is the
    reference. The folder in which they are.
    """
    for _ in _pairs(loaded, folder, lambda _: loaded, cancellation):
        continue
    return reference_folder(loaded.variant, folder, quality_texts())


def _pairs(
    loaded: Loaded, folder: Path, load_reference: LoadReference, cancellation: Cancellation
) -> Iterator[tuple[Encoded, LogProbabilities, LogProbabilities]]:
    """Each passage with the reference's log probabilities and the variant's. A variant that is
    the reference is read once and compared with itself: its loss is exactly nothing.
    """
    variant, texts = loaded.variant, quality_texts()
    reference = reference_variant(variant)
    kept = reference_folder(reference, folder, texts)
    same = kept == reference_folder(variant, folder, texts)
    load = cache(lambda: loaded if same else load_reference(reference))
    most = context_of(loaded, MOST_TOKENS)
    passages = [encode(loaded.tokenizer, text, most) for text in texts]
    for number, passage in enumerate(passages):
        cancellation.check()
        expected = _of_reference(kept, number, passage, load)
        cancellation.check()
        yield passage, expected, expected if same else log_probabilities(loaded, passage.ids)
    keep_passages(kept, passages)


def _of_reference(
    folder: Path, number: int, passage: Encoded, load: Callable[[], Loaded]
) -> LogProbabilities:
    """The reference's log probabilities of a passage, as they were kept, or computed and kept."""
    kept = read_log_probabilities(folder, number)
    if kept is not None:
        return kept
    found = log_probabilities(load(), passage.ids)
    keep_log_probabilities(folder, number, found)
    return found
