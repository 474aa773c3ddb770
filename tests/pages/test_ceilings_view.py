"""Measured ceilings beside the datasheet's."""

from datetime import UTC, datetime
from pathlib import Path

from core.results.ceilings import known_ceilings
from core.results.observed import Ceilings
from pages.widgets.ceilings_view import rows_of


def ceilings_of(name: str, hour: int = 9) -> Ceilings:
    return Ceilings(
        device_name=name,
        bandwidth_bytes_per_s=3.0e12,
        peak_flops_per_s={"float32": 5e13},
        method="read",
        measured_at=datetime(2026, 3, 1, hour, tzinfo=UTC),
        seconds=1.0,
    )


def test_a_known_device_has_its_makers_figures_beside_it() -> None:
    bandwidth, peak = rows_of(ceilings_of("NVIDIA H100 80GB HBM3"))
    assert bandwidth["Measured"] == "3.00 TB/s"
    assert bandwidth["Datasheet"] == "3.35 TB/s"
    assert peak["Ceiling"] == "Peak, float32"


def test_an_unknown_device_has_a_dash() -> None:
    assert {row["Datasheet"] for row in rows_of(ceilings_of("Some CPU"))} == {"–"}


def test_the_newest_of_each_device_is_known_and_damage_is_passed_over(home: Path) -> None:
    folder = home / "ceilings"
    folder.mkdir(parents=True)
    for file, ceilings in (("a", ceilings_of("A")), ("b", ceilings_of("A", hour=10))):
        (folder / f"{file}.json").write_text(ceilings.model_dump_json())
    (folder / "c.json").write_text("{")
    (found,) = known_ceilings()
    assert found.measured_at.hour == 10
