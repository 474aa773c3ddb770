"""What is said of other processes that ran while something was measured."""

import pytest

from core.results.observed import DeviceState
from pages.widgets.batching.disturbed import disturbance


@pytest.mark.parametrize("share", [None, 0.0, 0.10])
def test_little_or_nothing_known_is_not_told(share: float | None) -> None:
    assert disturbance(DeviceState(other_cpu_share=share), "it was served") is None


def test_a_disturbed_measurement_is_told() -> None:
    told = disturbance(DeviceState(other_cpu_share=0.45), "static 8 was served")
    assert told == "Other processes used 45 % of the processors while static 8 was served."
