"""The table of measured metrics. A new one is a row here; menus, tables and CSV follow.

The rows of the network, forward passes, quality and energy stand in files of their own beside this
one, those that need a price in `core.analysis.cost`, which this module must not know.
"""

from collections.abc import Callable

from core.results.energy import ENERGY_METRICS
from core.results.latency import Latency, latency_of
from core.results.latency_intervals import (
    decode_interval,
    e2e_interval,
    output_interval,
    total_interval,
    tpot_interval,
    ttft_interval,
)
from core.results.measured import Memory
from core.results.metric import Metric as Metric
from core.results.network import NETWORK_METRICS
from core.results.passes import PASSES_METRICS
from core.results.quality import QUALITY_METRICS
from core.results.types import RunResult

HEADLINE = "headline repeats, by the host's clock (perf_counter) after synchronising"
STEP = "stamps of the step repeats: CUDA events on a GPU, perf_counter on a CPU"
CLOCK = "the host's clock (perf_counter)"


def _latency(read: Callable[[Latency], float | None]) -> Callable[[RunResult], float | None]:
    return lambda result: read(latency_of(result))


def _memory(read: Callable[[Memory], int | None]) -> Callable[[RunResult], float | None]:
    return lambda result: read(result.memory)


METRICS: tuple[Metric, ...] = (
    Metric(
        "ttft_s",
        "TTFT",
        "s",
        False,
        "Time to first token: the whole prompt is read (prefill) and one token comes out. An "
        "endpoint's holds a round trip of the network and the server's queue as well, and with "
        "several requests in flight it is the median request's.",
        _latency(lambda x: x.ttft_s),
        formula="median over the step repeats of (first token's stamp - start)",
        source=STEP,
        interval=ttft_interval,
    ),
    Metric(
        "tpot_s",
        "TPOT",
        "s",
        False,
        "Time per output token after the first: (end-to-end - TTFT) / (tokens - 1); tokens that "
        "were guessed and came with the first do not count.",
        _latency(lambda x: x.tpot_s),
        formula="median over the step repeats of (last stamp - TTFT) / (tokens - those of the "
        "first pass)",
        source=STEP,
        interval=tpot_interval,
    ),
    Metric(
        "itl_p95_s",
        "ITL p95",
        "s",
        False,
        "95th percentile of all inter-token latencies: the pauses that a reader notices. Tokens "
        "of one pass come together, with no pause between them.",
        _latency(lambda x: x.itl_p95_s),
        formula="95th percentile of the gaps between stamps, all step repeats together",
        source=STEP,
    ),
    Metric(
        "e2e_s",
        "End-to-end",
        "s",
        False,
        "One whole generation without instruments; the median of the repeats.",
        _latency(lambda x: x.e2e_s),
        formula="median of the headline repeats",
        source=HEADLINE,
        interval=e2e_interval,
    ),
    Metric(
        "e2e_low_s",
        "End-to-end, low",
        "s",
        False,
        "Lower end of the 95 % bootstrap interval of the median; needs 5 repeats.",
        _latency(lambda x: x.e2e_interval.low if x.e2e_interval else None),
        formula="2.5th percentile of the medians of 5,000 resamples of the headline repeats",
        source="percentile bootstrap, Efron 1979",
    ),
    Metric(
        "e2e_high_s",
        "End-to-end, high",
        "s",
        False,
        "Upper end of the 95 % bootstrap interval of the median; needs 5 repeats.",
        _latency(lambda x: x.e2e_interval.high if x.e2e_interval else None),
        formula="97.5th percentile of the medians of 5,000 resamples of the headline repeats",
        source="percentile bootstrap, Efron 1979",
    ),
    Metric(
        "e2e_min_s",
        "End-to-end, fastest",
        "s",
        False,
        "The fastest repeat: what the machine can do when nothing disturbs it.",
        _latency(lambda x: x.e2e_min_s),
        formula="least of the headline repeats",
        source=HEADLINE,
    ),
    Metric(
        "decode_tokens_per_s",
        "Decode",
        "tokens/s",
        True,
        "Tokens after the first pass, of all rows, per second of decoding.",
        _latency(lambda x: x.decode_tokens_per_s),
        formula="sum over rows of (tokens - those of the first pass) / (last stamp - TTFT)",
        source=STEP,
        interval=decode_interval,
    ),
    Metric(
        "output_tokens_per_s",
        "Output throughput",
        "tokens/s",
        True,
        "Generated tokens of all rows per second, end to end.",
        _latency(lambda x: x.output_tokens_per_s),
        formula="sum over rows of tokens / end-to-end",
        source=HEADLINE,
        interval=output_interval,
    ),
    Metric(
        "total_tokens_per_s",
        "Total throughput",
        "tokens/s",
        True,
        "Prompt and generated tokens of all rows per second, end to end; padding never counts.",
        _latency(lambda x: x.total_tokens_per_s),
        formula="sum over rows of (prompt tokens + tokens) / end-to-end",
        source=HEADLINE,
        interval=total_interval,
    ),
    Metric(
        "instrument_overhead",
        "Instrument overhead",
        "ratio",
        None,
        "How much longer the pass with time stamps took than the one without, as a share. The "
        "fastest of each are compared, since whatever disturbs a run only adds to it.",
        _latency(lambda x: x.instrument_overhead),
        formula="fastest step repeat / fastest headline repeat - 1",
        source="headline and step repeats",
    ),
    Metric(
        "load_s",
        "Load",
        "s",
        False,
        "From files to a model on the device, when this variant was last loaded.",
        lambda result: result.times.load_s,
        formula="weights in memory - start of the load",
        source=CLOCK,
    ),
    Metric(
        "first_s",
        "First run",
        "s",
        False,
        "The first generation of this shape in the worker; a dash where the shape had run before.",
        lambda result: result.times.first_s,
        formula="end - start of that generation; a first request pays it after the load",
        source=CLOCK,
    ),
    Metric(
        "compile_s",
        "Compile",
        "s",
        False,
        "The first run minus a warm one, where torch.compile is on.",
        lambda result: result.times.compile_s,
        formula="first run of the shape - median of the last three warm-up runs",
        source=CLOCK,
    ),
    Metric(
        "weights_bytes",
        "Weights",
        "bytes",
        False,
        "Bytes of all parameters and buffers as they are stored, shared ones counted once.",
        _memory(lambda x: x.weights_bytes),
        formula="sum over stored tensors of elements · bytes per element",
        source="read off the loaded model",
    ),
    Metric(
        "kv_cache_bytes",
        "KV cache",
        "bytes",
        False,
        "Bytes of the keys and values at the end of one generation.",
        _memory(lambda x: x.kv_cache_bytes),
        formula="sum over layers of the storage of keys and values",
        source="read off the cache",
    ),
    Metric(
        "peak_bytes",
        "Peak memory",
        "bytes",
        False,
        "The most memory in use during one generation, other resident models subtracted.",
        _memory(lambda x: x.peak_bytes),
        formula="highest use in one generation - other resident variants",
        source="PyTorch's allocator on a GPU, the kernel's VmHWM on a CPU",
    ),
    *NETWORK_METRICS,
    *PASSES_METRICS,
    *QUALITY_METRICS,
    *ENERGY_METRICS,
)

BY_KEY = {metric.key: metric for metric in METRICS}
