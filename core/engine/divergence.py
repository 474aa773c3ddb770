"""How far two log probabilities of the same text lie apart: the figures of quality.

Mean KL divergence D(reference || variant) per token in nats (Kullback and Leibler 1951),
agreement of the most likely tokens, perplexity (e to the mean negative log likelihood) and bits
per byte. Plain arrays, the same for every engine.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.results.measured import Quality

LogProbabilities = NDArray[np.float32]
ROWS = 16  # at a time, so that what is computed in between stays in the processor's cache
LARGEST_EXPONENT = 700.0  # e to a little more than this is no float


@dataclass(frozen=True)
class Encoded:
    """A text's token ids, and how many UTF-8 bytes of it the ids after the first one cover: the
    first has nothing before it to be predicted from. None where the tokenizer keeps no offsets.
    """

    ids: list[int]
    scored_bytes: int | None


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


def compare(passage: Encoded, reference: LogProbabilities, variant: LogProbabilities) -> Sums:
    """A passage's sums from two log probabilities of its next tokens, (tokens - 1, vocabulary)."""
    targets = np.asarray(passage.ids[1:])
    rows = [slice(start, start + ROWS) for start in range(0, len(targets), ROWS)]
    return Sums(
        tokens=len(targets),
        kl_nats=sum(_divergence(reference[some], variant[some]) for some in rows),
        agreed=sum(_agreed(reference[some], variant[some]) for some in rows),
        nll_nats=loss_nats(variant, targets),
        reference_nll_nats=loss_nats(reference, targets),
        scored_bytes=passage.scored_bytes,
    )


def log_softmax(logits: LogProbabilities) -> LogProbabilities:
    """Natural logarithms of probabilities over the last axis; the largest logit is taken off first,
    so that no exponential overflows.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True, dtype=np.float64)
    found: LogProbabilities = shifted - np.log(total).astype(np.float32)
    return found


def _divergence(reference: LogProbabilities, variant: LogProbabilities) -> float:
    with np.errstate(invalid="ignore"):
        return float((np.exp(reference) * (reference - variant)).sum(dtype=np.float64))


def _agreed(reference: LogProbabilities, variant: LogProbabilities) -> int:
    return int((reference.argmax(-1) == variant.argmax(-1)).sum())


def loss_nats(found: LogProbabilities, targets: NDArray[np.int64]) -> float:
    """Negative log likelihood of the tokens that came, in nats."""
    return -float(found[np.arange(len(targets)), targets].sum(dtype=np.float64))


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


def bits_per_byte(nll_nats: float, scored_bytes: int | None) -> float | None:
    """Negative log likelihood in bits for each byte of the text. A byte is the same for all
    tokenizers, and a token is not: so models with different ones can be compared. None where
    either is unknown.
    """
    if not scored_bytes or not math.isfinite(nll_nats):
        return None
    return nll_nats / math.log(2) / scored_bytes


def perplexity(nll_nats: float, tokens: int) -> float | None:
    """e to the mean negative log likelihood; None where that is no number."""
    mean = nll_nats / tokens
    return math.exp(mean) if mean < LARGEST_EXPONENT else None
