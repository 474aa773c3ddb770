"""The energy pass over a fake sysfs tree: what is counted, for how long, and when there is none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.engine import energy
from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice, CudaDevice
from core.engine.energy import NvmlCounter, RaplCounter, energy_pass
from core.engine.generate import Generation
from core.engine.loader import load
from core.variants.request import build_spec

RANGE_UJ = 262_143_328_850
AddDomain = Callable[..., Path]


@pytest.fixture
def add_domain(tmp_path: Path) -> AddDomain:
    """Add a domain to a powercap tree as the kernel shows it; the counter's file comes back."""

    def add(folder: str, name: str, energy_uj: int, range_uj: int = RANGE_UJ) -> Path:
        domain = tmp_path / "powercap" / folder
        domain.mkdir(parents=True)
        (domain / "name").write_text(f"{name}\n")
        (domain / "max_energy_range_uj").write_text(f"{range_uj}\n")
        (domain / "energy_uj").write_text(f"{energy_uj}\n")
        return domain / "energy_uj"

    return add


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "powercap"


def test_two_packages_are_added_up(add_domain: AddDomain, tree: Path) -> None:
    first = add_domain("intel-rapl:0", "package-0", 5_000_000)
    second = add_domain("intel-rapl:1", "package-1", 7_000_000)
    counter = RaplCounter(tree)
    assert counter.name == "RAPL package-0, package-1"
    assert counter.joules() == 0
    first.write_text("8000000")
    second.write_text("7500000")
    assert counter.joules() == pytest.approx(3.5)


def test_parts_of_a_package_and_the_whole_board_are_not_counted_twice(
    add_domain: AddDomain, tree: Path
) -> None:
    package = add_domain("intel-rapl:0", "package-0", 0)
    others = [
        add_domain("intel-rapl:0:0", "core", 0),
        add_domain("intel-rapl:1", "psys", 0),
        add_domain("intel-rapl-mmio:0", "package-0", 0),
    ]
    counter = RaplCounter(tree)
    for file in (package, *others):
        file.write_text("2000000")
    assert counter.joules() == pytest.approx(2.0)


def test_a_counter_that_begins_again_loses_nothing(add_domain: AddDomain, tree: Path) -> None:
    package = add_domain("intel-rapl:0", "package-0", 9_000_000, range_uj=10_000_000)
    counter = RaplCounter(tree)
    package.write_text("1000000")
    assert counter.joules() == pytest.approx(2.0)
    package.write_text("500000")
    assert counter.joules() == pytest.approx(11.5)


def test_without_a_counter_the_reason_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no energy counter"):
        RaplCounter(tmp_path / "nowhere")


def test_a_counter_that_only_root_may_read_is_told(
    add_domain: AddDomain, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = add_domain("intel-rapl:0", "package-0", 1)
    file.chmod(0)
    if os.access(file, os.R_OK):  # root reads everything
        monkeypatch.setattr(energy, "_text", refusing(file))
    with pytest.raises(OSError, match="only root may read"):
        RaplCounter(tree)


def refusing(forbidden: Path) -> Callable[[Path], str]:
    """Reads a file as the kernel lets anyone but root read the counter."""

    def read(file: Path) -> str:
        if file == forbidden:
            raise PermissionError(13, "Permission denied", str(file))
        return file.read_text(encoding="ascii").strip()

    return read


class Meter:
    """A counter of 20 joules for each reading."""

    name = "meter"

    def __init__(self) -> None:
        self.readings = 0

    def joules(self) -> float:
        self.readings += 1
        return 20.0 * self.readings


class BrokenMeter(Meter):
    """A counter that vanishes while it counts."""

    def joules(self) -> float:
        if self.readings:
            raise OSError("the counter is gone")
        return super().joules()


@pytest.fixture
def generation(tiny_model_folder: Path) -> Generation:
    device = CpuDevice()
    values = {"model": str(tiny_model_folder), "max_new_tokens": 4, "batch_size": 2}
    spec = build_spec(values)
    loaded = load(spec.variant, tiny_model_folder, device)
    return Generation(loaded, spec.workload, device, Cancellation())


def test_generations_are_repeated_until_the_window_is_a_second_long(
    generation: Generation,
) -> None:
    measured, missing = energy_pass(generation, generation.device, 0.01, lambda _: Meter())
    assert missing is None
    assert measured is not None
    assert (measured.joules, measured.counter) == (20.0, "meter")
    assert measured.window_s >= energy.WINDOW_S
    assert measured.generations > 1
    assert measured.tokens == 2 * 4 * measured.generations


def test_one_generation_is_enough_where_it_fills_the_window(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(energy, "WINDOW_S", 0.0)
    measured, _ = energy_pass(generation, generation.device, 2.0, lambda _: Meter())
    assert measured is not None
    assert (measured.generations, measured.tokens) == (1, 8)


def test_a_generation_longer_than_the_pass_may_be_is_not_started(generation: Generation) -> None:
    meter = Meter()
    measured, missing = energy_pass(generation, generation.device, 45.0, lambda _: meter)
    assert measured is None
    assert missing == "one generation takes 45 s, and the energy pass adds at most 30 s"
    assert meter.readings == 0


def test_without_a_counter_nothing_is_run(generation: Generation, tmp_path: Path) -> None:
    ran: list[object] = []
    generation.run = ran.append  # type: ignore[assignment,method-assign]
    measured, missing = energy_pass(
        generation, generation.device, 0.01, lambda _: RaplCounter(tmp_path)
    )
    assert (measured, ran) == (None, [])
    assert missing is not None
    assert "no energy counter" in missing


def test_a_counter_that_fails_midway_leaves_a_reason(generation: Generation) -> None:
    assert energy_pass(generation, generation.device, 2.0, lambda _: BrokenMeter()) == (
        None,
        "the counter is gone",
    )


@pytest.mark.gpu
def test_the_boards_counter_goes_up() -> None:
    CudaDevice("cuda:0").synchronise()
    counter = NvmlCounter(0)
    before = counter.joules()
    assert before > 0
    assert counter.joules() >= before
