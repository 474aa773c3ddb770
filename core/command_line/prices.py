"""Which price a command reckons with: the person's own, or the table's for the run's device."""

from collections.abc import Callable

from core.analysis.cost import parse_price, price_of_device, price_of_run
from core.command_line.parser import Parser
from core.results.serving import Calibration
from core.results.types import Outcome, RunResult
from core.variants.environment import CPU, usable_cpus

PriceOf = Callable[[Outcome | None], float | None]


def add_price(parser: Parser) -> None:
    """The flag of the person's own price."""
    parser.add_argument(
        "--price-per-hour",
        metavar="USD",
        help="what the machine costs (default: by its device, from the price table)",
    )


def price_for(asked: str | None) -> PriceOf:
    """The price of a run in US dollars per hour, None where the table cannot have one, as for a
    server; raises RequestError for what is no price.
    """
    if asked is not None:
        price = parse_price(asked)
        return lambda _: price
    processors = usable_cpus()

    def from_table(outcome: Outcome | None) -> float | None:
        if not isinstance(outcome, RunResult):
            return 0.0
        price = price_of_run(outcome, processors)
        return price.usd_per_hour if price else None

    return from_table


def price_of_steps(asked: str | None, calibration: Calibration | None) -> float:
    """The person's own price, or the table's for the device whose steps were measured."""
    if asked is not None:
        return parse_price(asked)
    environment = calibration.environment if calibration else None
    processors = environment.cpu_count if environment else usable_cpus()
    name = environment.device_name if environment else ""
    device = calibration.variant.device if calibration else CPU
    return price_of_device(device, name, processors).usd_per_hour
