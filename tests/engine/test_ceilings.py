"""Ceilings: measured once, kept whole, taken again only where they were disturbed."""

import time
from pathlib import Path

import pytest
import torch

from core.engine import ceilings as module
from core.engine.ceilings import better_of, ceilings_file, measure_ceilings, open_ceilings
from core.engine.device import CpuDevice, CudaDevice
from core.home import ceilings_folder
from core.results.observed import Ceilings
from tests.sample_rooflines import CPU_CEILINGS

SMALL_BUFFER = {"cpu": 2**24, "cuda": 2**24}


class SmallCpu(CpuDevice):
    """A CPU with as much free memory as a test says."""

    def __init__(self, free_bytes: int) -> None:
        super().__init__()
        self._free = free_bytes

    def free_bytes(self) -> int:
        """What the test said."""
        return self._free


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small buffers and budgets: the same code, figures that mean less."""
    monkeypatch.setattr(module, "BUFFER_BYTES", SMALL_BUFFER)
    monkeypatch.setattr(module, "READ_BUDGET_S", 0.01)
    monkeypatch.setattr(module, "PRODUCT_BUDGET_S", 0.01)


@pytest.fixture
def glances(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the glance at the machine sees, in turn: whether it is quiet."""
    answers: list[bool] = []
    monkeypatch.setattr(module, "_is_quiet_now", lambda _: answers.pop(0))
    return answers


def test_measuring_takes_under_two_seconds_and_gives_plausible_figures() -> None:
    device = CpuDevice()
    start = time.perf_counter()
    found = measure_ceilings(device, "this CPU")
    took = time.perf_counter() - start
    assert found.seconds == pytest.approx(took, abs=0.1)
    assert took < 2 or not found.quiet
    assert 1e8 < found.bandwidth_bytes_per_s < 1e13
    assert set(found.peak_flops_per_s) == {"float32", "bfloat16", "float16", "int8"}
    assert found.peak_flops_per_s["float32"] > 1e8
    assert "256 MiB" in found.method


@pytest.mark.usefixtures("quick")
def test_they_are_measured_once_and_kept_whole(home: Path) -> None:
    device = CpuDevice()
    first = open_ceilings(device)
    assert first is not None
    quiet = first.model_copy(update={"quiet": True})
    (file,) = list(ceilings_folder().iterdir())
    assert file.suffix == ".json"
    assert file.is_relative_to(home)
    file.write_text(quiet.model_dump_json())
    assert open_ceilings(device) == quiet


@pytest.mark.usefixtures("quick")
def test_half_a_file_is_measured_again() -> None:
    device = CpuDevice()
    file = ceilings_file(module.name_of(device), device)
    file.parent.mkdir(parents=True)
    file.write_text(CPU_CEILINGS.model_dump_json()[:50])
    assert open_ceilings(device) is not None
    assert Ceilings.model_validate_json(file.read_text())


@pytest.mark.usefixtures("quick")
def test_disturbed_figures_are_taken_again_once_it_is_quiet(glances: list[bool]) -> None:
    device = CpuDevice()
    file = ceilings_file(module.name_of(device), device)
    file.parent.mkdir(parents=True)
    disturbed = CPU_CEILINGS.model_copy(update={"quiet": False, "bandwidth_bytes_per_s": 1e15})
    file.write_text(disturbed.model_dump_json())
    glances += [False, True]
    assert open_ceilings(device) == disturbed
    again = open_ceilings(device)
    assert again is not None
    assert again.measured_at > disturbed.measured_at
    assert again.bandwidth_bytes_per_s == 1e15  # the better of the two


def test_the_better_of_two_is_taken_figure_by_figure() -> None:
    slow = CPU_CEILINGS.model_copy(
        update={"bandwidth_bytes_per_s": 1e9, "peak_flops_per_s": {"float32": 900e9}}
    )
    best = better_of(CPU_CEILINGS, slow)
    assert best.bandwidth_bytes_per_s == 20e9
    assert best.peak_flops_per_s == {"float32": 900e9, "bfloat16": 350e9, "float16": 30e9}


def test_the_file_is_named_by_all_that_could_change_the_figures() -> None:
    device = CpuDevice()
    before = torch.get_num_threads()
    first = ceilings_file("AMD EPYC (9R14)", device)
    assert first.name.startswith("amd-epyc-9r14-")
    torch.set_num_threads(before + 1)
    try:
        assert ceilings_file("AMD EPYC (9R14)", device) != first
    finally:
        torch.set_num_threads(before)
    assert ceilings_file("AMD EPYC (9R15)", device) != first


def test_full_memory_leaves_them_unknown() -> None:
    assert open_ceilings(SmallCpu(free_bytes=2**27)) is None
    assert not ceilings_folder().exists()


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_written_costs_the_run_nothing(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home.mkdir()
    (home / "ceilings").write_text("not a folder")
    assert open_ceilings(CpuDevice()) is not None
    assert "could not be kept" in caplog.text


@pytest.mark.gpu
def test_a_gpu_reaches_most_of_its_datasheet() -> None:
    from core.analysis.datasheet import datasheet_of

    device = CudaDevice("cuda:0")
    before = torch.cuda.memory_allocated(device.torch_device)
    found = open_ceilings(device)
    assert found is not None
    assert found.seconds < 2
    assert torch.cuda.memory_allocated(device.torch_device) == before
    stated = datasheet_of(found.device_name)
    if stated:
        assert 0.7 < found.bandwidth_bytes_per_s / stated.bandwidth_bytes_per_s < 1.05
        for dtype, flops in found.peak_flops_per_s.items():
            assert 0.4 < flops / stated.peak_flops_per_s[dtype] < 1.1
