"""Questions in constraints: what is understood, and what is refused with what would do."""

import pytest

from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.asking.words import EXAMPLES, KNOWN, SYNONYMS
from core.analysis.deciding.constraints import understood
from core.errors import RequestError
from core.variants.axes import AXES

CHEAPEST = "usd_per_million_tokens"
LIMITS = [
    ("at most 50 ms per token", "tpot_s", "at most", 0.05),
    ("50ms/token", "tpot_s", "at most", 0.05),
    ("1 GB", "peak_bytes", "at most", 1e9),
    ("memory < 800 MiB", "peak_bytes", "below", 800 * 2**20),
    ("no more than 1,500 MB of RAM", "peak_bytes", "at most", 1.5e9),
    ("peak memory of at most 1 GiB", "peak_bytes", "at most", 2**30),
    ("max memory 2 GB", "peak_bytes", "at most", 2e9),
    ("weights under 200 MB", "weights_bytes", "below", 2e8),
    ("KV cache ≤ 10 MB", "kv_cache_bytes", "at most", 1e7),
    ("time to first token under 200 ms", "ttft_s", "below", 0.2),
    ("TTFT <= .5 s", "ttft_s", "at most", 0.5),
    ("first token within 1 second", "ttft_s", "at most", 1.0),
    ("p95 ITL at most 90 ms", "itl_p95_s", "at most", 0.09),
    ("latency under 2 s", "e2e_s", "below", 2.0),
    ("2 s end to end", "e2e_s", "at most", 2.0),
    ("300 µs per token", "tpot_s", "at most", 3e-4),
    ("at most 2 minutes in total", "e2e_s", "at most", 120.0),
    ("100 tokens/s", "output_tokens_per_s", "at least", 100.0),
    ("100 tokens per second or more", "output_tokens_per_s", "at least", 100.0),
    ("more than 20 tok/s decode throughput", "decode_tokens_per_s", "above", 20.0),
    ("perplexity ratio at most 1.02", "perplexity_ratio", "at most", 1.02),
    ("quality loss at most 2 %", "perplexity_ratio", "at most", 1.02),
    ("perplexity at most 2 percent worse", "perplexity_ratio", "at most", 1.02),
    ("perplexity below 25", "perplexity", "below", 25.0),
    ("top-1 agreement at least 95 %", "top1_agreement", "at least", 0.95),
    ("top-1 agreement 0.95", "top1_agreement", "at least", 0.95),
    ("KL divergence under 0.1 nats", "mean_kl_nats", "below", 0.1),
    ("accuracy at least 80 %", "task_accuracy", "at least", 0.8),
    ("$2 per million tokens", CHEAPEST, "at most", 2.0),
    ("$2/M tokens", CHEAPEST, "at most", 2.0),
    ("under 2 USD per 1M output tokens", CHEAPEST, "below", 2.0),
    ("0.5 cents per request", "usd_per_run", "at most", 0.005),
    ("500 mJ per token", "joules_per_token", "at most", 0.5),
    ("energy below 3 joules", "joules_per_token", "below", 3.0),
]  # fmt: skip
REFUSED = [
    ("at most 50 ms", "it does not say of what", "50 ms per token"),
    ("$5", "it does not say of what", "$5 per million tokens"),
    ("cost at most $5", "names no metric", "$5 per run"),
    ("at most 90 %", "it does not say of what", "top-1 agreement at least 90 %"),
    ("1 G", "G is no unit", "GB"),
    ("memory 50 Gb", "Gb is no unit", "GB"),
    ("memory at most 1", "a unit is missing", "GB"),
    ("ttft at most 1 GB", "TTFT is not measured in GB", "ms"),
    ("perplexity at most 2 %", "not measured in %", "without a unit"),
    ("quality loss at most 0.02", "said in per cent", "2 %"),
    ("50 bananas per token", "“bananas per token” names no metric", ""),
    ("purple", "not understood", EXAMPLES[0]),
    ("1,5 GB", "a decimal point is a point", "1.5"),
    ("-5 ms per token", "-5 is no limit", "0 or more"),
    ("at most 1e400 ms per token", "no limit", "0 or more"),
    ("5 ms per token 6 ms per token", "more than one number", ""),
    ("at most at least 5 ms per token", "compares in two ways", ""),
    ("TPOT exactly 50 ms", "never exactly so", "at most"),
    ("cheapest, fastest", "only one thing can be best", "cheapest or fastest"),
    ("lowest throughput", "better higher", "highest Output throughput"),
    ("highest memory", "better lower", "lowest Peak memory"),
    ("at least 2 GB, at most 1 GB", "nothing can be both", ""),
    ("under 1 GB, at least 1 GB", "nothing can be both", ""),
    ("nf4 and bf16", "no run is both", ""),
    ("nf4 or eager", "one lever", ""),
    ("batch size purple 4", "beside a batch size", "batch size 4"),
    ("", "asks for nothing", EXAMPLES[0]),
    (" , ;", "asks for nothing", EXAMPLES[0]),
    ("x" * 2000, "longer than", ""),
]  # fmt: skip
GOALS = [
    ("cheapest", CHEAPEST),
    ("as cheap as possible", CHEAPEST),
    ("fastest", "e2e_s"),
    ("smallest", "peak_bytes"),
    ("most accurate", "perplexity_ratio"),
    ("highest throughput", "output_tokens_per_s"),
    ("maximise decode throughput", "decode_tokens_per_s"),
    ("lowest TTFT", "ttft_s"),
    ("least memory", "peak_bytes"),
    ("minimize cost per request", "usd_per_run"),
    ("best top-1 agreement", "top1_agreement"),
    ("lowest energy per token", "joules_per_token"),
]
CONDITIONS = [
    ("on cpu", "Device cpu"),
    ("on a GPU", "Device not cpu"),
    ("batch size 1", "Batch size 1"),
    ("batch of 4", "Batch size 4"),
    ("batch size at most 8", "Batch size at most 8"),
    ("nf4 or bf16", "Precision nf4 or bf16"),
    ("not int8", "Precision not int8"),
    ("precision fp16", "Precision fp16"),
    ("without KV cache", "KV cache off"),
    ("static KV cache", "KV cache static"),
    ("compiled", "torch.compile not off"),
    ("uncompiled", "torch.compile off"),
    ("eager", "Attention eager"),
    ("flash_attention_2", "Attention flash_attention_2"),
    ("gpt2", "Model gpt2"),
]


@pytest.mark.parametrize(("text", "key", "side", "limit"), LIMITS)
def test_a_limit_is_understood(text: str, key: str, side: str, limit: float) -> None:
    (constraint,) = read_ask(text).constraints
    assert (constraint.key, constraint.side) == (key, side)
    assert constraint.limit == pytest.approx(limit)


@pytest.mark.parametrize(("text", "reason", "would_do"), REFUSED)
def test_what_is_not_understood_is_refused_by_its_words(
    text: str, reason: str, would_do: str
) -> None:
    with pytest.raises(RequestError) as caught:
        read_ask(text)
    assert caught.value.field == "ask"
    assert reason in caught.value.reason
    assert would_do in ", ".join(caught.value.valid)


def test_the_words_at_fault_are_named() -> None:
    with pytest.raises(RequestError) as caught:
        read_ask("cheapest, at most 1 GB, at most 50 ms")
    assert caught.value.value == "at most 50 ms"


@pytest.mark.parametrize(("text", "key"), GOALS)
def test_a_goal_is_understood(text: str, key: str) -> None:
    ask = read_ask(f"{text}, 1 GB")
    assert (ask.goal, ask.goal_named) == (key, True)
    assert len(ask.constraints) == 1


@pytest.mark.parametrize(("text", "shown"), CONDITIONS)
def test_a_condition_is_understood(text: str, shown: str) -> None:
    ask = read_ask(f"fastest, {text}")
    assert [str(condition) for condition in ask.conditions] == [shown]
    assert ask.constraints == ()


def test_the_example_of_the_task_is_understood_whole() -> None:
    ask = read_ask("at most 50 ms per token, 1 GB, perplexity ratio at most 1.02, cheapest")
    assert list(understood(ask)) == [
        "lowest cost per million tokens",
        "TPOT at most 50 ms",
        "Peak memory at most 1 GB",
        "Perplexity ratio at most 1.02",
    ]


def test_without_a_goal_it_is_the_cheapest_and_that_is_said() -> None:
    assert "no goal was named" in understood(read_ask("1 GB"))[0]


def test_between_sets_both_limits() -> None:
    low, high = read_ask("memory between 500 MB and 1 GB; fastest").constraints
    assert (str(low), str(high)) == ("Peak memory at least 500 MB", "Peak memory at most 1 GB")
    low, high = read_ask("between 5 and 10 ms per token").constraints
    assert (low.limit, high.limit) == (pytest.approx(0.005), pytest.approx(0.01))


@pytest.mark.parametrize(
    "text",
    [
        "cheapest under 1 GB",
        "I want the cheapest run that needs less than 1 GB of memory",
        "memory under 1 GB and cheapest",
        "Cheapest with below 1 GB!",
        "under 1 GB, under 1 GB, cheapest, cheapest",
    ],
)
def test_ways_to_say_the_same(text: str) -> None:
    assert read_ask(text) == read_ask("cheapest, under 1 GB")


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_are_understood(text: str) -> None:
    assert read_ask(text).goal_named


def test_a_limit_is_shown_back_as_it_was_asked() -> None:
    assert str(read_ask("perplexity ratio at most 1.0205").constraints[0]).endswith("1.0205")
    assert str(read_ask("memory at most 1234567 kB").constraints[0]).endswith("1.23457 GB")


def test_every_synonym_is_of_a_metric_and_every_metric_can_be_limited_by_its_label() -> None:
    assert set(SYNONYMS) <= set(KNOWN)
    units = {"s": "1 s", "bytes": "1 GB", "tokens/s": "1 tokens/s", "USD": "$1", "nats": "1 nats"}
    for key, known in KNOWN.items():
        amount = units.get(known.unit, "1")
        amount = "1 J" if known.unit == "J/token" else amount
        (constraint,) = read_ask(f"{known.label.replace(',', '')} at most {amount}").constraints
        assert constraint.key == key


def test_every_lever_value_is_understood_with_its_lever() -> None:
    for field, axis in AXES.items():
        for value in map(str, axis.rows) if field != "stop" else ():
            if "," in value:
                continue
            (condition,) = read_ask(f"{axis.label} {value}").conditions
            assert condition.field == field
