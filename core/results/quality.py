"""The rows of quality in the table of metrics: a variant against its reference on a fixed text."""

from collections.abc import Callable

from core.results.measured import Quality
from core.results.metric import Metric
from core.results.types import RunResult


def _quality(read: Callable[[Quality], float | None]) -> Callable[[RunResult], float | None]:
    return lambda result: read(result.quality) if result.quality else None


QUALITY_METRICS = (
    Metric(
        "perplexity",
        "Perplexity",
        "",
        False,
        "How surprised the model is by a fixed text: e to the mean negative log likelihood.",
        _quality(lambda x: x.perplexity),
        formula="e ^ (-mean over tokens of ln q(token))",
        source="Jelinek et al. 1977",
    ),
    Metric(
        "perplexity_ratio",
        "Perplexity ratio",
        "ratio",
        False,
        "Perplexity divided by that of the reference (same model, fp32). 1 is no loss.",
        _quality(lambda x: x.perplexity_ratio),
        formula="perplexity of the variant / perplexity of the reference",
        source="the two perplexities",
    ),
    Metric(
        "mean_kl_nats",
        "KL divergence",
        "nats",
        False,
        "Mean Kullback-Leibler divergence per token from the reference's distribution.",
        _quality(lambda x: x.mean_kl_nats),
        formula="mean over tokens of Σ p · ln(p / q), p the reference's, q the variant's",
        source="Kullback and Leibler 1951",
    ),
    Metric(
        "top1_agreement",
        "Top-1 agreement",
        "ratio",
        True,
        "Share of positions where the most likely token is the reference's.",
        _quality(lambda x: x.top1_agreement),
        formula="positions with argmax q = argmax p / positions",
        source="logits on the fixed text",
    ),
    Metric(
        "bits_per_byte",
        "Bits per byte",
        "",
        False,
        "Surprise at the fixed text for each byte of it: comparable across tokenizers.",
        _quality(lambda x: x.bits_per_byte),
        formula="sum over tokens of -log2 q(token) / UTF-8 bytes of those tokens",
        source="Gao et al. 2020 (The Pile)",
    ),
    Metric(
        "task_accuracy",
        "Own task",
        "ratio",
        True,
        "Share of right answers to your questions, or of rightly told tokens of your text.",
        lambda result: result.task.accuracy if result.task else None,
        formula="right items / items",
        source="the person's own task",
    ),
)
