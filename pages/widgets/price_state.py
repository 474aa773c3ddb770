"""What a machine's hour costs in this session: the price table's price until a person changes it.

Beside `state`, a module that touches `st.session_state`.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from core.analysis.cost import Price, price_of_run, priced_as
from core.results.types import Outcome, RunResult
from pages.widgets.state import environment

PRICE, USUAL = "price_per_hour", "usual_prices"
PriceOf = Callable[[Outcome | None], float | None]


def price_field(device: str) -> str:
    """The key of the field with the price per hour of a device, or of a server."""
    return f"{PRICE}_{device}"


def priced_device(result: RunResult) -> str:
    """The device or the server that a run's price is of."""
    return priced_as(result.spec.variant.device, result.environment.device_name)


def note_usual(device: str, usd_per_hour: float | None) -> None:
    """Tell what a device's field shows until it is changed."""
    st.session_state[USUAL] = {**st.session_state.get(USUAL, {}), device: usd_per_hour}


def changed_prices() -> dict[str, float]:
    """The prices that were changed in this session, by device or server."""
    usual = st.session_state.get(USUAL, {})
    own = {str(key).removeprefix(f"{PRICE}_"): value for key, value in st.session_state.items()
           if str(key).startswith(f"{PRICE}_")}  # fmt: skip
    return {device: float(value) for device, value in own.items()
            if value is not None and value != usual.get(device)}  # fmt: skip


def put_prices(prices: Mapping[str, float]) -> None:
    """Set these prices, and the table's for all others: a field that the browser has drawn keeps
    its price until it is told another.
    """
    for device in changed_prices():
        st.session_state[price_field(device)] = st.session_state.get(USUAL, {}).get(device)
    for device, usd_per_hour in prices.items():
        st.session_state[price_field(device)] = usd_per_hour


def price_at(device: str, by_table: float) -> float:
    """A device's price per hour as this session has it now; the table's unless it was changed."""
    edited = st.session_state.get(price_field(device))
    return by_table if edited is None else float(edited)


def own_price(device: str) -> float | None:
    """What stands in a device's field; None where it is empty or was never drawn."""
    typed: float | None = st.session_state.get(price_field(device))
    return typed


def table_price(result: RunResult) -> Price | None:
    """The table's price for a run's device, which its field has until it is changed; None for a
    server.
    """
    return price_of_run(result, environment().cpu_count)


def price_of() -> PriceOf:
    """Each run's price per hour as this session has it now, in US dollars; 0 where nothing was
    measured, None where it is not known. A download may use it: it knows no session later on.
    """
    own = {key: value for key, value in st.session_state.items() if str(key).startswith(PRICE)}
    processors = environment().cpu_count

    def price(outcome: Outcome | None) -> float | None:
        if not isinstance(outcome, RunResult):
            return 0.0
        edited = own.get(price_field(priced_device(outcome)))
        by_table = price_of_run(outcome, processors)
        usual = by_table.usd_per_hour if by_table else None
        return usual if edited is None else float(edited)

    return price
