"""The Pareto set: nobody in it is dominated, everybody else is, and the order says nothing."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.analysis.deciding.dominance import Flags, Points, dominated, dominated_by

SIZES = st.tuples(st.integers(1, 60), st.integers(1, 3))
# Few different numbers, so that ties and equal points abound, and the ends of what a float holds.
NUMBERS = st.one_of(
    st.integers(-3, 3).map(float),
    st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, 1.0, 1.0000000000000002]),
)
CLOUDS: Any = arrays.arrays(np.float64, SIZES, elements=NUMBERS)


def by_hand(points: Points, by: Points) -> Flags:
    """Each pair compared: slow and plain."""
    no_worse = (by[None, :, :] <= points[:, None, :]).all(axis=2)
    better = (by[None, :, :] < points[:, None, :]).any(axis=2)
    pairs = no_worse & better
    np.fill_diagonal(pairs, False)
    return np.asarray(pairs.any(axis=1))


@settings(max_examples=120, deadline=None)
@given(CLOUDS)
def test_who_is_dominated_is_dominated_by_one_who_is_not(points: Points) -> None:
    found = dominated(points)
    assert (found == by_hand(points, points)).all()
    front = points[~found]
    assert len(front)
    for point in points[found]:
        assert ((front <= point).all(axis=1) & (front < point).any(axis=1)).any()


@settings(max_examples=80, deadline=None)
@given(CLOUDS, st.randoms(use_true_random=False))
def test_the_order_of_points_and_of_columns_says_nothing(points: Points, draw: Any) -> None:
    rows, columns = [*range(len(points))], [*range(points.shape[1])]
    draw.shuffle(rows)
    draw.shuffle(columns)
    assert (dominated(points[rows][:, columns]) == dominated(points)[rows]).all()


@settings(max_examples=80, deadline=None)
@given(CLOUDS)
def test_equal_points_share_their_fate_and_twins_change_nothing(points: Points) -> None:
    twice = np.vstack([points, points])
    assert (dominated(twice) == np.tile(dominated(points), 2)).all()


@settings(max_examples=120, deadline=None)
@given(SIZES.flatmap(lambda size: st.tuples(
    arrays.arrays(np.float64, size, elements=NUMBERS),
    arrays.arrays(np.float64, size, elements=NUMBERS),
)))  # fmt: skip
def test_other_ends_of_intervals_dominate_as_each_pair_says(both: tuple[Points, Points]) -> None:
    points, by = both
    asked = np.arange(len(points))
    assert (dominated_by(points, by, asked) == by_hand(points, by)).all()
