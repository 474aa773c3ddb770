"""The table of measured metrics. A new one is a row here; menus, tables and CSV follow.

Metrics that need a price stand in `core.analysis.cost`, which this module must not know.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.results.latency import Latency, latency_of
from core.results.types import Memory, Quality, RunResult


@dataclass(frozen=True)
class Metric:
    """One number of a run. `unit` is `s`, `bytes`, `tokens/s`, `USD`, `ratio`, `nats` or ``.

    `higher_is_better` is None where neither is. `read` gives None where it was not measured.
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool | None
    help: str
    read: Callable[[RunResult], float | None]


def _latency(read: Callable[[Latency], float | None]) -> Callable[[RunResult], float | None]:
    return lambda result: read(latency_of(result))


def _memory(read: Callable[[Memory], int | None]) -> Callable[[RunResult], float | None]:
    return lambda result: read(result.memory)


def _quality(read: Callable[[Quality], float | None]) -> Callable[[RunResult], float | None]:
    return lambda result: read(result.quality) if result.quality else None


METRICS: tuple[Metric, ...] = (
    Metric(
        "ttft_s",
        "TTFT",
        "s",
        False,
        "Time to first token: the whole prompt is read (prefill) and one token comes out.",
        _latency(lambda x: x.ttft_s),
    ),
    Metric(
        "tpot_s",
        "TPOT",
        "s",
        False,
        "Time per output token after the first: (end-to-end - TTFT) / (tokens - 1).",
        _latency(lambda x: x.tpot_s),
    ),
    Metric(
        "itl_p95_s",
        "ITL p95",
        "s",
        False,
        "95th percentile of all inter-token latencies: the pauses that a reader notices.",
        _latency(lambda x: x.itl_p95_s),
    ),
    Metric(
        "e2e_s",
        "End-to-end",
        "s",
        False,
        "One whole generation without instruments; the median of the repeats.",
        _latency(lambda x: x.e2e_s),
    ),
    Metric(
        "e2e_low_s",
        "End-to-end, low",
        "s",
        False,
        "Lower end of the 95 % bootstrap interval of the median; needs 5 repeats.",
        _latency(lambda x: x.e2e_interval.low if x.e2e_interval else None),
    ),
    Metric(
        "e2e_high_s",
        "End-to-end, high",
        "s",
        False,
        "Upper end of the 95 % bootstrap interval of the median; needs 5 repeats.",
        _latency(lambda x: x.e2e_interval.high if x.e2e_interval else None),
    ),
    Metric(
        "e2e_min_s",
        "End-to-end, fastest",
        "s",
        False,
        "The fastest repeat: what the machine can do when nothing disturbs it.",
        _latency(lambda x: x.e2e_min_s),
    ),
    Metric(
        "decode_tokens_per_s",
        "Decode",
        "tokens/s",
        True,
        "Tokens after the first, of all rows, per second of decoding.",
        _latency(lambda x: x.decode_tokens_per_s),
    ),
    Metric(
        "output_tokens_per_s",
        "Output throughput",
        "tokens/s",
        True,
        "Generated tokens of all rows per second, end to end.",
        _latency(lambda x: x.output_tokens_per_s),
    ),
    Metric(
        "total_tokens_per_s",
        "Total throughput",
        "tokens/s",
        True,
        "Prompt and generated tokens of all rows per second, end to end.",
        _latency(lambda x: x.total_tokens_per_s),
    ),
    Metric(
        "instrument_overhead",
        "Instrument overhead",
        "ratio",
        None,
        "How much longer the pass with time stamps took than the one without, as a share.",
        _latency(lambda x: x.instrument_overhead),
    ),
    Metric(
        "load_s",
        "Load",
        "s",
        False,
        "From files to a model on the device, when this variant was last loaded.",
        lambda result: result.times.load_s,
    ),
    Metric(
        "compile_s",
        "Compile",
        "s",
        False,
        "The first run minus a warm one, where torch.compile is on.",
        lambda result: result.times.compile_s,
    ),
    Metric(
        "weights_bytes",
        "Weights",
        "bytes",
        False,
        "Bytes of all parameters and buffers as they are stored, shared ones counted once.",
        _memory(lambda x: x.weights_bytes),
    ),
    Metric(
        "kv_cache_bytes",
        "KV cache",
        "bytes",
        False,
        "Bytes of the keys and values at the end of one generation.",
        _memory(lambda x: x.kv_cache_bytes),
    ),
    Metric(
        "peak_bytes",
        "Peak memory",
        "bytes",
        False,
        "The most memory in use during one generation, other resident models subtracted.",
        _memory(lambda x: x.peak_bytes),
    ),
    Metric(
        "perplexity",
        "Perplexity",
        "",
        False,
        "How surprised the model is by a fixed text: e to the mean negative log likelihood.",
        _quality(lambda x: x.perplexity),
    ),
    Metric(
        "perplexity_ratio",
        "Perplexity ratio",
        "ratio",
        False,
        "Perplexity divided by that of the reference (same model, fp32). 1 is no loss.",
        _quality(lambda x: x.perplexity_ratio),
    ),
    Metric(
        "mean_kl_nats",
        "KL divergence",
        "nats",
        False,
        "Mean Kullback-Leibler divergence per token from the reference's distribution.",
        _quality(lambda x: x.mean_kl_nats),
    ),
    Metric(
        "top1_agreement",
        "Top-1 agreement",
        "ratio",
        True,
        "Share of positions where the most likely token is the reference's.",
        _quality(lambda x: x.top1_agreement),
    ),
    Metric(
        "bits_per_byte",
        "Bits per byte",
        "",
        False,
        "Surprise at the fixed text for each byte of it: comparable across tokenizers.",
        _quality(lambda x: x.bits_per_byte),
    ),
    Metric(
        "task_accuracy",
        "Own task",
        "ratio",
        True,
        "Share of right answers to your questions, or of rightly told tokens of your text.",
        lambda result: result.task.accuracy if result.task else None,
    ),
)

BY_KEY = {metric.key: metric for metric in METRICS}
