"""The warm-up rule and the passes, with a generation that takes known times."""

import pytest

from core.engine.latency import settled


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ((1.0, 1.0), False),
        ((1.0, 1.02, 1.049), True),
        ((1.0, 1.02, 1.06), False),
        ((9.0, 1.0, 1.02, 1.01), True),
        ((1.0, 1.0, 1.0, 2.0), False),
    ],
)
def test_settled_when_the_last_three_lie_within_five_percent(
    seconds: tuple[float, ...], expected: bool
) -> None:
    assert settled(seconds) is expected
