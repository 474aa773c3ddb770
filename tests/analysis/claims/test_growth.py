"""Growth is told by what a law foretells: a polynomial from an exponential, through noise."""

import numpy as np
import pytest

from core.analysis.claims.growth import growth_of

N = np.arange(1.0, 97.0)
QUADRATIC = 0.02 * N + 0.0006 * N**2
LAWS = {
    "quadratic": (QUADRATIC, True),
    "cubic": (0.02 * N + 0.0002 * N**3, True),
    "exponential": (0.5 * np.exp(0.05 * N), False),
    "exponential with a fixed cost": (3 + 0.2 * np.exp(0.06 * N), False),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("seed", range(3))
def test_the_law_is_found_through_noise_of_each_step(law: str, seed: int) -> None:
    seconds, polynomial = LAWS[law]
    steps = np.diff(seconds, prepend=0.0)
    noise = 1 + 0.02 * np.random.default_rng(seed).standard_normal(len(N))
    growth = growth_of(N, np.cumsum(steps * noise))
    assert growth is not None
    assert growth.is_polynomial is polynomial


def test_the_right_law_foretells_what_it_has_not_seen() -> None:
    growth = growth_of(N, QUADRATIC)
    assert growth is not None
    assert growth.polynomial_error < 1e-9
    assert growth.exponential_error > 0.03
    assert growth.split == N[len(N) * 2 // 3]
    assert growth.polynomial.at(np.array([200.0])) == pytest.approx(0.02 * 200 + 0.0006 * 200**2)
    assert growth.polynomial.formula == "a + b·n + c·n²"


def test_a_straight_line_is_never_called_exponential() -> None:
    growth = growth_of(N, 0.5 + 0.02 * N + 0.001 * np.sin(N))
    assert growth is not None
    assert growth.is_polynomial is not False


def test_too_few_points_say_nothing() -> None:
    assert growth_of(N[:7], QUADRATIC[:7]) is None


def test_what_only_one_test_tells_is_not_told() -> None:
    """The longest third was disturbed: then the criterion over all and the foretelling differ."""
    growth = growth_of(N, QUADRATIC)
    assert growth is not None
    mixed = type(growth)(**{**vars(growth), "exponential_error": 0.0})
    assert mixed.is_polynomial is None
