"""A sweep on a plane of two levers: the best of each square, and why others have no value."""

from core.analysis.squares import EVERYTHING, Filling, Spot, planes

AXES = {"precision": ("fp32", "nf4"), "batch_size": (1, 4), "attention": ("eager", "sdpa")}


def a_spot(
    precision: str, batch: int, attention: str, value: float | None, filling: str = "measured"
) -> Spot:
    levers = {"precision": precision, "batch_size": str(batch), "attention": attention}
    return Spot(levers, Filling(filling), value, name=f"{precision} {attention}")


SPOTS = (
    a_spot("fp32", 1, "eager", 3.0),
    a_spot("fp32", 1, "sdpa", 2.0),
    a_spot("nf4", 1, "eager", None, "failed"),
    a_spot("nf4", 1, "sdpa", None, "waiting"),
    a_spot("nf4", 4, "eager", None, "impossible"),
)
LEVERS = ("batch_size", "precision", EVERYTHING)


def test_a_square_shows_its_best_cell_by_the_metrics_direction() -> None:
    (low,) = planes(SPOTS, AXES, LEVERS, higher_is_better=False)
    (high,) = planes(SPOTS, AXES, LEVERS, higher_is_better=True)
    assert low.squares["1", "fp32"].shown.value == 2.0
    assert high.squares["1", "fp32"].shown.value == 3.0
    assert low.squares["1", "fp32"].counts == {Filling.MEASURED: 2}


def test_a_square_without_a_value_shows_what_may_still_come_before_what_did_not() -> None:
    (plane,) = planes(SPOTS, AXES, LEVERS, higher_is_better=False)
    assert plane.squares["1", "nf4"].filling is Filling.WAITING
    assert plane.squares["4", "nf4"].filling is Filling.IMPOSSIBLE
    assert ("4", "fp32") not in plane.squares
    assert (plane.across, plane.up) == (("1", "4"), ("fp32", "nf4"))


def test_a_third_lever_makes_a_plane_of_each_of_its_values() -> None:
    eager, sdpa = planes(SPOTS, AXES, ("batch_size", "precision", "attention"), False)
    assert (eager.title, sdpa.title) == ("eager", "sdpa")
    assert eager.squares["1", "fp32"].shown.value == 3.0
    assert sdpa.squares["1", "fp32"].shown.value == 2.0


def test_a_measured_cell_without_that_metric_is_measured_all_the_same() -> None:
    spots = (a_spot("fp32", 1, "sdpa", None),)
    (plane,) = planes(spots, AXES, LEVERS, higher_is_better=False)
    assert plane.squares["1", "fp32"].filling is Filling.MEASURED
    assert plane.squares["1", "fp32"].shown.value is None


def test_a_grid_of_one_lever_is_one_row() -> None:
    (plane,) = planes(SPOTS, AXES, ("batch_size", EVERYTHING, EVERYTHING), False)
    assert plane.up == (EVERYTHING,)
    assert plane.squares["1", EVERYTHING].shown.value == 2.0
