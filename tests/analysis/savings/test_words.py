"""The savings in words: never a number in large type that the measurements do not bear out."""

import pytest

from core.analysis.savings.cards import speed_card
from core.analysis.savings.caveats import caveats
from core.analysis.savings.money import show_money
from core.analysis.savings.saving import savings_of
from core.analysis.savings.savings_document import savings_document
from core.analysis.savings.terms import Payment, Terms
from core.analysis.savings.words import headline, other_way, title
from core.command_line.output import print_json
from tests.sample_pairs import a_pair
from tests.samples import a_result, a_spec

TODAY = a_result("run-a", a_spec(), e2e_s=2.0)
FAST = a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0)
DOLLAR = Terms(requests=1_000_000, usd_per_hour=1.0)


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (0.0, "$0"), (1234.6, "$1,235"), (22.737, "$22.74"), (999.6, "$1,000"),
        (0.00123, "$0.00123"),
        (1_234_567.0, "$1,234,567"), (None, "–"), (float("nan"), "–"),
    ],
)  # fmt: skip
def test_money_has_whole_dollars_real_cents_and_three_digits_below(
    usd: float | None, shown: str
) -> None:
    assert show_money(usd) == shown


def test_a_saving_in_large_type() -> None:
    savings = savings_of(TODAY, FAST, DOLLAR)
    found = headline(savings)
    assert (found.label, found.figure) == ("Saves per month", "$278")
    assert "$556 today, $278 then" in found.sentence
    assert "95 % intervals of both runs" in found.sentence
    assert speed_card(savings).figure == "2.00× as fast"
    assert "save nothing (both need 1 machine)" in other_way(savings)


def test_an_extra_cost_is_said_in_words() -> None:
    savings = savings_of(FAST, TODAY, DOLLAR)
    found = headline(savings)
    assert (found.label, found.figure) == ("Costs more per month", "$278 more")
    assert "The extra cost lies between $258 and $300" in found.sentence
    assert title(savings) == "$278 more per month"
    assert speed_card(savings).figure == "2.00× as long"


def test_what_cannot_be_told_apart_is_no_number() -> None:
    close = savings_of(TODAY, a_result("run-c", a_spec(precision="fp16"), e2e_s=1.97), DOLLAR)
    found = headline(close)
    assert found.figure == "No saving can be told"
    assert not found.is_number
    assert "between −$" in found.sentence
    assert speed_card(close).figure == "no difference"


def test_at_no_price_nothing_is_saved() -> None:
    found = headline(savings_of(TODAY, FAST, Terms(usd_per_hour=0.0)))
    assert found.figure == "No saving can be told"
    assert "At a price of $0 per hour" in found.sentence


def test_zero_for_whole_machines_says_from_when_on() -> None:
    savings = savings_of(TODAY, FAST, Terms(1_000_000, Payment.ALL_MONTH, 1.0, 1.0))
    found = headline(savings)
    assert found.figure == "$0"
    assert "Both need 1 machine" in found.sentence
    assert "From 1,314,001 requests a month on it needs a machine less" in found.sentence
    assert other_way(savings) == "Paid by the second in use it would save $278 a month."


def test_a_refusal_is_words_alone() -> None:
    other = a_result("run-c", a_spec(max_new_tokens=8), e2e_s=0.1)
    found = headline(savings_of(TODAY, other, DOLLAR))
    assert found.figure == "Not comparable"
    assert "max new tokens: 32 against 8" in found.sentence


def test_a_single_run_shows_its_cost() -> None:
    found = headline(savings_of(TODAY, None, DOLLAR))
    assert (found.label, found.figure) == ("Costs per month", "$556")


def test_pairs_are_said_to_be_pairs() -> None:
    a, b = a_pair(b_over_a=0.8)
    assert "measured in turns" in headline(savings_of(a, b, DOLLAR)).sentence


def test_caveats_name_groups_peaks_cold_starts_and_the_reference() -> None:
    batch = a_result("run-b", a_spec(batch_size=16), e2e_s=4.0)
    said = " ".join(caveats(savings_of(TODAY, batch, Terms())))
    for words in ("only in whole groups", "A peak needs more", "started anew pays", "4-bit file",
                  "list price of 2025-06"):  # fmt: skip
        assert words in said


@pytest.mark.parametrize("other", [FAST, None, TODAY, a_result("run-c", a_spec(prompt="x"))])
def test_every_outcome_is_a_json_document(
    other: object, capsys: pytest.CaptureFixture[str]
) -> None:
    print_json(savings_document(savings_of(TODAY, other, Terms())))  # type: ignore[arg-type]
    assert '"told"' in capsys.readouterr().out
