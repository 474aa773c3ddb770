"""What a month's bill leaves out or takes for granted, a sentence each."""

from collections.abc import Iterator

from core.analysis.cost import cold_start_usd
from core.analysis.savings.comparable import is_dequantised
from core.analysis.savings.money import show_money
from core.analysis.savings.month import Month
from core.analysis.savings.saving import Savings
from core.analysis.savings.terms import Payment, price_on
from core.results.format import show
from core.variants.compilation import Compilation

PEAK = (
    "The month's requests are taken as spread evenly. A peak needs more machines at that hour, or "
    "lets requests wait; Batching measures a load as it comes."
)
MACHINE = (
    "The times are of the machine, the versions and the lengths that were measured. Another "
    "machine, even of a like name, has other times."
)
LEFT_OUT = "Storage, network, people and taxes are not in it."


def caveats(savings: Savings) -> tuple[str, ...]:
    """Each that applies, those of the choice first."""
    return (*_groups(savings), *_cold_starts(savings), *_common(savings), *_price(savings))


def _months(savings: Savings) -> tuple[Month, ...]:
    return (savings.today, savings.then) if savings.then else (savings.today,)


def _groups(savings: Savings) -> Iterator[str]:
    rows = [month.run.spec.workload.batch_size for month in _months(savings)]
    if max(rows) > 1:
        sizes = " and ".join(str(size) for size in dict.fromkeys(rows))
        yield (
            f"A batch of {sizes} answers requests only in whole groups: a request waits until its "
            "group is full and its longest answer is done. Batching measures what that does to "
            "latency."
        )


def _cold_starts(savings: Savings) -> Iterator[str]:
    told = [text for month in _months(savings) if (text := _cold_start(month))]
    if told:
        each = " and ".join(told)
        yield f"Loading is not in it. A machine that is started anew pays {each} first."


def _cold_start(month: Month) -> str:
    times, price = month.run.times, month.usd_per_hour
    compile_s = times.compile_s
    if month.run.spec.variant.compile is Compilation.OFF:
        compile_s = 0.0
    if times.load_s is None or compile_s is None or price is None:
        return ""
    usd = cold_start_usd(price, times.load_s, compile_s, requests=1)
    return f"{show_money(usd)} ({show(times.load_s + compile_s, 's')})"


def _common(savings: Savings) -> Iterator[str]:
    yield PEAK
    if savings.terms.utilisation == 1 and savings.terms.paid is Payment.ALL_MONTH:
        yield "At a utilisation of 1 a machine answers without a pause, day and night."
    if is_dequantised(savings.today.run):
        yield (
            "The bundled model's fp32 reference is itself a de-quantised 4-bit file, so the loss "
            "of quality that it shows is understated."
        )
    yield MACHINE


def _price(savings: Savings) -> Iterator[str]:
    price = price_on(savings.terms, savings.today.run)
    if price and savings.terms.usd_per_hour is None:
        yield f"The price is a list price of {price.as_of} ({price.label}); yours may differ."
    yield LEFT_OUT
