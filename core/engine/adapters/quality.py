"""Quality of another engine's variant against the same fp32 reference, by the same formulas."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from functools import reduce
from operator import add
from pathlib import Path

from core.engine.adapters.adapter import Adapter
from core.engine.cancellation import Cancellation
from core.engine.divergence import NoQuality, Sums, compare, quality_of
from core.engine.quality_cache import (
    keep_result,
    quality_texts,
    read_log_probabilities,
    read_passages,
    read_result,
    reference_variant,
)
from core.home import quality_folder
from core.results.measured import Quality
from core.variants.engine_environment import MAIN_PACKAGES
from core.variants.spec import VariantSpec


def engine_quality(
    variant: VariantSpec,
    adapter: Adapter,
    reference: Callable[[], Path],
    cancellation: Cancellation,
) -> Quality:
    """As it was kept, or measured now and kept; `reference` gives the folder with the reference's
    probabilities, and is called only where they are needed. Raises NoQuality.
    """
    file = _result_file(variant, adapter)
    kept = read_result(file)
    if kept:
        return kept.model_copy(update={"from_cache": True})
    start = time.perf_counter()
    sums = _read_all(adapter, reference(), cancellation)
    seconds = time.perf_counter() - start
    quality = quality_of(sums, reference_variant(variant).id, seconds)
    keep_result(file, quality)
    return quality


def _read_all(adapter: Adapter, folder: Path, cancellation: Cancellation) -> Sums:
    """All passages, each as the engine reads it beside what the reference gave."""
    passages = read_passages(folder)
    if not passages:
        raise NoQuality("the fp32 reference was not kept")
    found = []
    read = adapter.passages([passage.ids for passage in passages])
    for number, (passage, own) in enumerate(zip(passages, read, strict=True)):
        cancellation.check()
        expected = read_log_probabilities(folder, number)
        if expected is None:
            raise NoQuality("the fp32 reference was not kept")
        if expected.shape != own.shape:
            sizes = f"{own.shape[1]:,} tokens, and that of the reference {expected.shape[1]:,}"
            raise NoQuality(f"its vocabulary has {sizes}")
        found.append(compare(passage, expected, own))
    return reduce(add, found)


def _result_file(variant: VariantSpec, adapter: Adapter) -> Path:
    """Named by all that could change the figures: the variant, its files, the engine's packages
    and those of the program, which compute the reference, and the texts.
    """
    files = adapter.files()
    key = {
        "variant": {name: v for name, v in variant.identity().items() if name != "device"},
        "files": [[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in sorted(files)],
        "packages": dict(adapter.packages()),
        "program": os.environ.get(MAIN_PACKAGES, ""),
        "texts": quality_texts(),
        "figures": sorted(Quality.model_fields),
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    return quality_folder() / f"{variant.engine}-{digest}.json"
