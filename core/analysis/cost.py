"""What a run costs: formulas on plain numbers, and the price table.

Cost is derived when it is shown and never stored, so that a new price needs no new run.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import RequestError
from core.results.latency import latency_of
from core.results.latency_intervals import e2e_interval, output_interval
from core.results.metrics import Metric
from core.results.statistics import Interval
from core.results.types import RunResult
from core.variants.endpoints import DEVICE_NAME

PRICES = Path(__file__).with_name("prices.toml")
HIGHEST_PRICE = 1e6
PriceOf = Callable[[RunResult], float | None]


@dataclass(frozen=True)
class Price:
    """US dollars per hour of one machine, from when it is, and from where."""

    label: str
    usd_per_hour: float
    as_of: str
    source: str


def usd_per_run(usd_per_hour: float, e2e_s: float) -> float:
    """Cost of one generation of `e2e_s` seconds: price · e2e / 3600."""
    return usd_per_hour * e2e_s / 3600


def usd_per_million_tokens(
    usd_per_hour: float, output_tokens_per_s: float, utilisation: float = 1.0
) -> float:
    """Cost of a million generated tokens: price / 3600 / throughput · 1e6 / utilisation.

    `utilisation` is the share of paid time in which the machine generates, above 0 and up to 1.
    """
    return usd_per_hour / 3600 / output_tokens_per_s * 1e6 / utilisation


def cold_start_usd(usd_per_hour: float, load_s: float, compile_s: float, requests: int) -> float:
    """A request's share of loading and compiling, spread over so many requests."""
    return usd_per_hour * (load_s + compile_s) / 3600 / requests


def break_even_tokens(
    compile_s: float, tpot_eager_s: float, tpot_compiled_s: float
) -> float | None:
    """Tokens after which compiling has paid: compile / (tpot_eager - tpot_compiled).

    None where a compiled step is not faster: then it never pays.
    """
    saved_s = tpot_eager_s - tpot_compiled_s
    return compile_s / saved_s if saved_s > 0 else None


def cost_metrics(
    usd_per_hour: float | PriceOf | None, utilisation: float = 1.0
) -> tuple[Metric, ...]:
    """Rows like those of `core.results.metrics` that need a price, one for all or each run's own;
    they read None where it is not known. Raises RequestError for what is no price, and for a
    utilisation not above 0 and up to 1.
    """
    price_of = usd_per_hour if callable(usd_per_hour) else _same_for_all(usd_per_hour)
    _check_utilisation(utilisation)
    return (_per_run_metric(price_of), _per_million_metric(price_of, utilisation))


def _per_run_metric(price_of: PriceOf) -> Metric:
    return Metric(
        "usd_per_run",
        "Cost per run",
        "USD",
        False,
        "One generation at the price per hour: price · end-to-end / 3600.",
        lambda result: _per_run(result, price_of(result)),
        formula="price per hour · end-to-end / 3600",
        source="the price beside the result, by default of the dated table prices.toml",
        interval=lambda result: _per_run_interval(result, price_of(result)),
    )


def _per_million_metric(price_of: PriceOf, utilisation: float) -> Metric:
    return Metric(
        "usd_per_million_tokens",
        "Cost per million tokens",
        "USD",
        False,
        "A million generated tokens at the price per hour and the assumed utilisation.",
        lambda result: _per_million(result, price_of(result), utilisation),
        formula="price per hour / 3600 / output throughput · 1,000,000 / utilisation",
        source="the same price; utilisation is 1 unless another is given",
        interval=lambda result: _per_million_interval(result, price_of(result), utilisation),
    )


def _per_run(result: RunResult, usd_per_hour: float | None) -> float | None:
    e2e_s = latency_of(result).e2e_s
    return None if e2e_s is None or usd_per_hour is None else usd_per_run(usd_per_hour, e2e_s)


def _per_million(result: RunResult, usd_per_hour: float | None, utilisation: float) -> float | None:
    rate = latency_of(result).output_tokens_per_s
    if usd_per_hour is None:
        return None
    return usd_per_million_tokens(usd_per_hour, rate, utilisation) if rate else None


def _per_run_interval(result: RunResult, usd_per_hour: float | None) -> Interval | None:
    """That of the end-to-end time at the price."""
    e2e = e2e_interval(result)
    if e2e is None or usd_per_hour is None:
        return None
    return Interval(usd_per_run(usd_per_hour, e2e.low), usd_per_run(usd_per_hour, e2e.high))


def _per_million_interval(
    result: RunResult, usd_per_hour: float | None, utilisation: float
) -> Interval | None:
    """From the interval of the output throughput: the fastest is the cheapest."""
    rate = output_interval(result)
    if rate is None or rate.low <= 0 or usd_per_hour is None:
        return None
    cheap, dear = (
        usd_per_million_tokens(usd_per_hour, end, utilisation) for end in (rate.high, rate.low)
    )
    return Interval(cheap, dear)


def parse_price(text: str) -> float:
    """A price per hour as a person typed it; raises RequestError for what is no price."""
    try:
        price = float(text)
    except ValueError:
        raise _no_price(text) from None
    return checked_price(price)


def checked_price(usd_per_hour: float) -> float:
    """The price; raises RequestError for a negative, an infinite or an absurd one, and for NaN."""
    if not 0 <= usd_per_hour <= HIGHEST_PRICE:
        raise _no_price(usd_per_hour)
    return usd_per_hour


def _no_price(value: object) -> RequestError:
    valid = (f"US dollars from 0 to {HIGHEST_PRICE:,.0f}",)
    return RequestError("price_per_hour", value, "it is no price.", valid)


def _same_for_all(usd_per_hour: float | None) -> PriceOf:
    checked = None if usd_per_hour is None else checked_price(usd_per_hour)
    return lambda _: checked


def _check_utilisation(share: float) -> None:
    if not 0 < share <= 1:
        raise RequestError("utilisation", share, "it is no share.", ("above 0 and up to 1",))


def priced_as(device: str, device_name: str) -> str:
    """What a price is of: the device, or the server that generated, whose device is not told."""
    return device_name if device_name.startswith(DEVICE_NAME) else device


def price_of_run(result: RunResult, cpu_count: int) -> Price | None:
    """The table's price for the device that a run was measured on, on a machine of so many
    processors; the device need not be here any longer. None for a server.
    """
    device, name = result.spec.variant.device, result.environment.device_name
    return price_unless_served(device, name, cpu_count)


def price_unless_served(device: str, device_name: str, cpu_count: int) -> Price | None:
    """The same for a device of that name; None for a server: it does not tell what it runs on."""
    if device_name.startswith(DEVICE_NAME):
        return None
    return price_of_device(device, device_name, cpu_count)


def price_of_device(device: str, device_name: str, cpu_count: int) -> Price:
    """The table's price for a device (`cpu`, `cuda:0`) of that name, on a machine of so many
    processors.
    """
    kind = _kind(device)
    row = next(row for row in _table() if _fits(row, kind, device_name))
    count = cpu_count if row.get("per_cpu") else 1
    label = f"{row['label']} × {count}" if row.get("per_cpu") else str(row["label"])
    usd_per_hour = round(float(row["usd_per_hour"]) * count, 6)
    return Price(label, usd_per_hour, str(row["as_of"]), str(row["source"]))


def _kind(device_key: str) -> str:
    """`cuda` for `cuda:0`."""
    return device_key.partition(":")[0]


def _fits(row: dict[str, Any], kind: str, device_name: str) -> bool:
    named = row.get("device")
    return bool(row["kind"] == kind and (named is None or named in device_name.split()))


@cache
def _table() -> tuple[dict[str, Any], ...]:
    with PRICES.open("rb") as file:
        return tuple(tomllib.load(file)["price"])
