"""What a run costs: formulas on plain numbers, and the price table.

Cost is derived when it is shown and never stored, so that a new price needs no new run.
"""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import RequestError
from core.results.latency import latency_of
from core.results.metrics import Metric
from core.results.types import RunResult
from core.variants.environment import Device, Environment

PRICES = Path(__file__).with_name("prices.toml")
HIGHEST_PRICE = 1e6


@dataclass(frozen=True)
class Price:
    """US dollars per hour of one machine, from when it is, and from where."""

    label: str
    usd_per_hour: float
    as_of: str


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


def cost_metrics(usd_per_hour: float, utilisation: float = 1.0) -> tuple[Metric, ...]:
    """The metrics that need a price, as rows like those of `core.results.metrics`."""

    def per_run(result: RunResult) -> float | None:
        e2e_s = latency_of(result).e2e_s
        return None if e2e_s is None else usd_per_run(usd_per_hour, e2e_s)

    def per_million(result: RunResult) -> float | None:
        rate = latency_of(result).output_tokens_per_s
        return usd_per_million_tokens(usd_per_hour, rate, utilisation) if rate else None

    return (
        Metric(
            "usd_per_run",
            "Cost per run",
            "USD",
            False,
            "One generation at the price per hour: price · end-to-end / 3600.",
            per_run,
        ),
        Metric(
            "usd_per_million_tokens",
            "Cost per million tokens",
            "USD",
            False,
            "A million generated tokens at the price per hour and the assumed utilisation.",
            per_million,
        ),
    )


def parse_price(text: str) -> float:
    """A price per hour as a person typed it; raises RequestError for what is no price."""
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 <= price <= HIGHEST_PRICE:
        valid = (f"US dollars from 0 to {HIGHEST_PRICE:,.0f}",)
        raise RequestError("price_per_hour", text, "it is no price.", valid)
    return price


def default_price(environment: Environment, device_key: str) -> Price:
    """The table's price for that device; a CPU's counts each processor of the machine."""
    device = environment.device(device_key)
    row = next(row for row in _table() if _fits(row, device))
    count = environment.cpu_count if row.get("per_cpu") else 1
    label = f"{row['label']} × {count}" if row.get("per_cpu") else str(row["label"])
    return Price(label, round(float(row["usd_per_hour"]) * count, 6), str(row["as_of"]))


def _fits(row: dict[str, Any], device: Device | None) -> bool:
    if device is None:
        return bool(row["kind"] == "cpu")
    named = row.get("device")
    return bool(row["kind"] == device.kind and (named is None or named in device.name.split()))


@cache
def _table() -> tuple[dict[str, Any], ...]:
    with PRICES.open("rb") as file:
        return tuple(tomllib.load(file)["price"])
