"""The words of a question in constraints: units, comparisons, goals, and what people call metrics.

Tables only; `sentence` reads sentences with them. A new synonym is a word in its row.
"""

from enum import StrEnum

from core.analysis.deciding.objectives import Objective, objectives


class Side(StrEnum):
    """On which side of a limit a value must lie."""

    AT_MOST = "at most"
    BELOW = "below"
    AT_LEAST = "at least"
    ABOVE = "above"


# Labels and units alone; nothing is reckoned at this price.
KNOWN: dict[str, Objective] = objectives(lambda _: 0.0)

COMPARISONS: dict[Side, tuple[str, ...]] = {
    Side.AT_MOST: (
        "at most", "no more than", "not more than", "no greater than", "no higher than",
        "not above", "not over", "not exceeding", "up to", "maximum", "maximally", "max", "within",
        "never above", "never over", "never more than", "not exceed", "never exceed", "fits in",
        "fit in", "fits into", "fit into", "fitting in", "fitting into",
        "or less", "or lower", "or below", "or fewer", "<=", "=<", "≤",
    ),
    Side.BELOW: (
        "less than", "lower than", "smaller than", "fewer than", "under", "below", "<",
    ),
    Side.AT_LEAST: (
        "at least", "no less than", "not less than", "no lower than", "no fewer than", "not below",
        "not under", "minimum", "min", "or more", "or higher", "or above", ">=", "=>", "≥",
    ),
    Side.ABOVE: ("more than", "greater than", "higher than", "over", "above", ">"),
}  # fmt: skip
# On which side they mean depends on the metric: 50 ms or faster is at most, 9 tokens/s at least.
AS_GOOD = (
    "or better", "or faster", "no worse than", "not worse than", "no slower than",
    "not slower than", "at worst",
)  # fmt: skip
BETTER = ("better than", "faster than")

# By dimension, what one of each is in the unit of a metric. Bytes are decimal, as they are shown.
UNITS: dict[str, dict[str, float]] = {
    "s": {
        "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "microseconds": 1e-6, "microsecond": 1e-6,
        "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3, "millisecond": 1e-3,
        "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
        "min": 60.0, "minute": 60.0, "minutes": 60.0,
    },
    "bytes": {
        "B": 1.0, "byte": 1.0, "bytes": 1.0, "kB": 1e3, "KB": 1e3, "kb": 1e3,
        "MB": 1e6, "mb": 1e6, "megabytes": 1e6, "GB": 1e9, "gb": 1e9, "gigabytes": 1e9,
        "gigabyte": 1e9, "TB": 1e12, "KiB": 2.0**10, "kib": 2.0**10, "MiB": 2.0**20,
        "mib": 2.0**20, "GiB": 2.0**30, "gib": 2.0**30, "TiB": 2.0**40,
    },
    "tokens/s": dict.fromkeys(
        ("tokens/s", "token/s", "tok/s", "tokens/sec", "tok/sec", "tokens/second",
         "tokens per second", "tokens per s", "tokens a second", "tps"), 1.0
    ),
    "USD": {"USD": 1.0, "usd": 1.0, "dollars": 1.0, "dollar": 1.0, "cents": 0.01, "cent": 0.01},
    "J/token": {"J": 1.0, "joules": 1.0, "joule": 1.0, "mJ": 1e-3, "millijoules": 1e-3},
    "share": {"%": 0.01, "percent": 0.01, "per cent": 0.01},
    "nats": {"nats": 1.0, "nat": 1.0},
    "count": {"passes": 1.0},
}  # fmt: skip
DOUBTFUL_UNITS = {"Kb": "kB", "Mb": "MB", "Gb": "GB", "Tb": "TB", "M": "MB", "G": "GB", "m": "ms"}
UNIT_EXAMPLES = {
    "s": ("ms", "s"), "bytes": ("MB", "GB", "GiB"), "tokens/s": ("tokens/s",),
    "USD": ("$", "USD", "cents"), "J/token": ("J", "mJ"), "nats": ("nats", "no unit"),
}  # fmt: skip

GOALS: dict[str, tuple[str, ...]] = {
    "usd_per_million_tokens": (
        "cheapest", "least expensive", "as cheap as possible", "cheap as possible",
        "most economical", "lowest cost", "least cost", "lowest price", "minimum cost",
        "minimal cost", "minimise cost", "minimize cost",
    ),
    "e2e_s": ("fastest", "quickest", "as fast as possible", "fast as possible"),
    "ttft_s": ("fastest first token", "fastest ttft", "quickest first token"),
    "tpot_s": ("fastest per token", "fastest tpot"),
    "decode_tokens_per_s": ("fastest decode", "fastest decoding"),
    "peak_bytes": ("smallest", "lightest", "as small as possible", "small as possible"),
    "perplexity_ratio": (
        "most accurate", "best quality", "highest quality", "best", "as accurate as possible",
        "accurate as possible",
    ),
    "joules_per_token": ("most energy efficient", "most energy-efficient", "greenest"),
}  # fmt: skip
LEAST = ("lowest", "least", "smallest", "shortest", "minimal", "minimum", "min", "minimise",
         "minimize", "fewest")  # fmt: skip
MOST = ("highest", "most", "greatest", "largest", "maximal", "maximum", "max", "maximise",
        "maximize")  # fmt: skip
BEST = ("best", "optimise", "optimize")

SYNONYMS: dict[str, tuple[str, ...]] = {
    "tpot_s": (
        "per token", "per output token", "a token", "per tok", "time per token",
        "time per output token", "latency per token", "token latency",
        "per-token latency", "decode latency",
    ),
    "ttft_s": (
        "time to first token", "first token", "to first token", "first token latency",
        "first-token latency", "till the first token", "until the first token", "prefill",
    ),
    "itl_p95_s": ("p95", "p95 itl", "inter-token latency", "p95 inter-token latency", "itl"),
    "e2e_s": (
        "latency", "end to end", "end-to-end latency", "total time", "response time", "in total",
        "per run", "per request", "per generation", "per answer", "in all", "e2e",
    ),
    "output_tokens_per_s": ("throughput", "speed", "output throughput"),
    "decode_tokens_per_s": ("decode throughput", "decode speed", "decoding"),
    "load_s": ("load time", "loading"),
    "compile_s": ("compile time", "compiling", "compilation"),
    "peak_bytes": (
        "memory", "ram", "vram", "gpu memory", "peak memory", "memory use", "memory usage",
        "peak memory use", "memory footprint", "footprint",
    ),
    "weights_bytes": ("weights", "model size", "weight memory", "memory of weights"),
    "kv_cache_bytes": ("kv cache", "cache size", "kv cache size", "kv-cache"),
    "usd_per_million_tokens": (
        "per million tokens", "cost per million tokens", "price per million tokens",
    ),
    "usd_per_run": ("per run", "per request", "per generation", "cost per request", "per answer"),
    "perplexity_ratio": ("perplexity relative to fp32", "relative perplexity", "ppl ratio"),
    "perplexity": ("ppl",),
    "mean_kl_nats": ("kl", "kl divergence", "divergence"),
    "top1_agreement": (
        "agreement", "top-1", "top1", "top 1 agreement", "top1 agreement", "same tokens",
    ),
    "task_accuracy": ("accuracy", "task accuracy", "accuracy on my task", "own task", "my task"),
    "joules_per_token": ("energy", "per token", "a token", "energy per token"),
}  # fmt: skip
# What is said in per cent above the reference's perplexity, which a ratio is 1 more than.
LOSSES = (
    "quality loss", "loss", "loss of quality", "perplexity loss", "perplexity increase", "worse",
    "worse perplexity", "higher perplexity", "perplexity above fp32", "perplexity worse",
    "perplexity higher", "perplexity above reference's", "quality degradation",
    "perplexity above reference", "loss in quality", "increase in perplexity",
)  # fmt: skip
FILLERS = frozenset(
    {
        "the", "a", "an", "of", "in", "for", "to", "be", "is", "are", "was", "must", "should",
        "shall", "may", "that", "which", "it", "its", "i", "we", "want", "need", "needs",
        "please", "give", "me", "take", "takes", "use", "uses", "using", "used", "have", "has",
        "having", "with", "and", "only", "by", "would", "like", "find", "run", "runs", "one",
        "configuration", "variant", "setup", "option",
    }
)  # fmt: skip
EXAMPLES = (
    "at most 50 ms per token, 1 GB, perplexity ratio at most 1.02, cheapest",
    "at least 100 tokens/s, quality loss at most 2 %, smallest",
    "fastest with batch size 1 and top-1 agreement of at least 95 %",
)
