"""The terms of a month: what is accepted, and what is refused with the field and what would do."""

import pytest

from core.analysis.savings.terms import (
    MOST_REQUESTS,
    Payment,
    Terms,
    parse_payment,
    parse_requests,
    parse_utilisation,
    price_on,
)
from core.errors import RequestError
from tests.sample_machines import a_run_environment
from tests.samples import a_result, a_spec


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (" 1,000,000 ", 1_000_000), ("1_000", 1000), (str(MOST_REQUESTS), MOST_REQUESTS)],
)
def test_requests_are_read(text: str, value: int) -> None:
    assert parse_requests(text) == value


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "1e6", "", "many", "²", "nan", str(MOST_REQUESTS + 1), "9" * 5000]
)
def test_what_is_no_number_of_requests_names_the_field_and_what_would_do(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_requests(text)
    assert caught.value.field == "requests_per_month"
    assert caught.value.valid == ("whole numbers from 1 to 1,000,000,000,000",)


@pytest.mark.parametrize("text", ["0", "-0.1", "1.01", "nan", "inf", "x", ""])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"utilisation.*above 0 and up to 1"):
        parse_utilisation(text)


def test_a_way_to_pay_is_one_of_two() -> None:
    assert parse_payment("all-month") is Payment.ALL_MONTH
    with pytest.raises(RequestError, match="Valid: by-second, all-month"):
        parse_payment("never")


@pytest.mark.parametrize("values", [{"requests": 0}, {"utilisation": 0.0}, {"usd_per_hour": -1.0}])
def test_terms_out_of_bounds_cannot_be_made(values: dict[str, float]) -> None:
    with pytest.raises(RequestError):
        Terms(**values)  # type: ignore[arg-type]


def test_the_price_is_the_tables_the_persons_or_unknown() -> None:
    by_table = price_on(Terms(), a_result(spec=a_spec()))
    assert by_table is not None
    assert by_table.usd_per_hour == pytest.approx(0.0504 * 2)
    own = price_on(Terms(usd_per_hour=3.5), a_result(spec=a_spec()))
    assert own is not None
    assert own.usd_per_hour == 3.5
    served = a_run_environment().model_copy(update={"device_name": "endpoint example.org"})
    assert price_on(Terms(), a_result(environment=served)) is None
