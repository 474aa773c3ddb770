"""Quality of a variant against its reference: the same model in fp32, on a fixed text.

Mean KL divergence D(reference || variant) per token in nats (Kullback and Leibler 1951),
agreement of the most likely tokens, perplexity (e to the mean negative log likelihood) and bits
per byte. Measured once per variant and kept on disk. Passage by passage: the log probabilities of
all of them together would take some hundred MB.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import starmap
from pathlib import Path

import torch

from core.engine.cancellation import Cancellation
from core.engine.loader import Loaded
from core.engine.quality_cache import (
    keep_log_probabilities,
    keep_result,
    read_log_probabilities,
    read_result,
    reference_folder,
    result_file,
)
from core.engine.scoring import (
    Encoded,
    bits_per_byte,
    context_of,
    encode,
    log_probabilities,
    perplexity,
)
from core.results.measured import Quality
from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.precision import Precision
from core.variants.spec import VariantSpec

TEXTS = Path(__file__).parent / "quality_texts"
MOST_TOKENS = 1024
ROWS = 16  # at a time, so that what is computed in between stays in the processor's cache
# What says which weights are meant and where they are; every other field of a variant is a lever.
SAME_AS_VARIANT = ("model", "revision", "weights", "device")
LoadReference = Callable[[VariantSpec], Loaded]


class NoQuality(Exception):
    """The variant gives something that is no number, and so nothing that can be compared."""


@dataclass(frozen=True)
class Sums:
    """Over the scored tokens of one passage or of several. `agreed` counts equal most likely
    tokens, `nll` is negative log likelihood.
    """

    tokens: int
    kl_nats: float
    agreed: int
    nll_nats: float
    reference_nll_nats: float
    scored_bytes: int | None

    def __add__(self, other: "Sums") -> "Sums":
        known = self.scored_bytes is not None and other.scored_bytes is not None
        return Sums(
            self.tokens + other.tokens,
            self.kl_nats + other.kl_nats,
            self.agreed + other.agreed,
            self.nll_nats + other.nll_nats,
            self.reference_nll_nats + other.reference_nll_nats,
            (self.scored_bytes or 0) + (other.scored_bytes or 0) if known else None,
        )


def reference_variant(variant: VariantSpec) -> VariantSpec:
    """What a variant is compared with: the same weights in fp32, sdpa, not compiled."""
    same = {name: getattr(variant, name) for name in SAME_AS_VARIANT if hasattr(variant, name)}
    return VariantSpec(
        **same, precision=Precision.FP32, attention=Attention.SDPA, compile=Compilation.OFF
    )


def cached_quality(variant: VariantSpec, folder: Path) -> Quality | None:
    """An earlier measurement of the same weights, levers and libraries."""
    kept = read_result(result_file(variant, folder, _texts()))
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
    keep_result(result_file(loaded.variant, folder, _texts()), quality)
    return quality


def compare(passage: Encoded, reference: torch.Tensor, variant: torch.Tensor) -> Sums:
    """A passage's sums from two log probabilities of its next tokens, (tokens - 1, vocabulary)."""
    targets = torch.tensor(passage.ids[1:])[:, None]
    rows = list(zip(reference.split(ROWS), variant.split(ROWS), strict=True))
    return Sums(
        tokens=len(targets),
        kl_nats=sum(_divergence(expected, found) for expected, found in rows),
        agreed=sum(int((one.argmax(-1) == other.argmax(-1)).sum()) for one, other in rows),
        nll_nats=-float(variant.gather(1, targets).sum(dtype=torch.float64)),
        reference_nll_nats=-float(reference.gather(1, targets).sum(dtype=torch.float64)),
        scored_bytes=passage.scored_bytes,
    )


def _divergence(reference: torch.Tensor, variant: torch.Tensor) -> float:
    each = (reference.exp() * (reference - variant)).sum(dim=-1, dtype=torch.float64)
    return float(each.sum())


def quality_of(sums: Sums, reference_id: str, seconds: float) -> Quality:
    """The figures, over all tokens together; raises NoQuality where one of them is no number."""
    own = perplexity(sums.nll_nats, sums.tokens)
    ratio = perplexity(sums.nll_nats - sums.reference_nll_nats, sums.tokens)
    if own is None or ratio is None or not math.isfinite(sums.kl_nats):
        raise NoQuality("its probabilities, or the reference's, are not numbers")
    return Quality(
        reference=reference_id,
        tokens=sums.tokens,
        mean_kl_nats=max(0.0, sums.kl_nats / sums.tokens),
        top1_agreement=sums.agreed / sums.tokens,
        perplexity=own,
        perplexity_ratio=ratio,
        bits_per_byte=bits_per_byte(sums.nll_nats, sums.scored_bytes),
        reference_bits_per_byte=bits_per_byte(sums.reference_nll_nats, sums.scored_bytes),
        seconds=seconds,
    )


def _texts() -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted(TEXTS.glob("*.txt"))]


def _pairs(
    loaded: Loaded, folder: Path, load_reference: LoadReference, cancellation: Cancellation
) -> Iterator[tuple[Encoded, torch.Tensor, torch.Tensor]]:
    """Each passage with the reference's log probabilities and the variant's. A variant that is
    the reference is read once and compared with itself: its loss is exactly nothing.
    """
    variant, reference, texts = loaded.variant, reference_variant(loaded.variant), _texts()
    kept = reference_folder(reference, folder, texts)
    same = kept == reference_folder(variant, folder, texts)
    load = cache(lambda: loaded if same else load_reference(reference))
    for number, text in enumerate(texts):
        cancellation.check()
        passage = encode(loaded.tokenizer, text, context_of(loaded, MOST_TOKENS))
        file = kept / f"{number}.safetensors"
        expected = _of_reference(file, passage, load)
        cancellation.check()
        yield passage, expected, expected if same else log_probabilities(loaded, passage.ids)


def _of_reference(file: Path, passage: Encoded, load: Callable[[], Loaded]) -> torch.Tensor:
    """The reference's log probabilities of a passage, as they were kept, or computed and kept."""
    kept = read_log_probabilities(file)
    if kept is not None:
        return kept
    found = log_probabilities(load(), passage.ids)
    keep_log_probabilities(file, found)
    return found
