"""Measures energy in a pass of its own, by the counter that the device itself keeps.

On a GPU that is the board's total as NVML gives it; on a CPU the processor packages' as the kernel
shows it of RAPL. Where there is no counter nothing is run, and the reason is told.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from core.engine.adapters.adapter import Runner
from core.engine.host import Place
from core.results.measured import Energy
from core.variants.environment import visible_handles

POWERCAP = Path("/sys/class/powercap")
WINDOW_S = 1.0
LONGEST_PASS_S = 30.0


class Counter(Protocol):
    """Joules that a device has taken since some moment; `name` says what is counted."""

    name: str

    def joules(self) -> float:
        """The count now; raises OSError where it cannot be read."""
        ...


def energy_pass(
    runner: Runner,
    device: Place,
    once_s: float,
    open_counter: Callable[[Place], Counter] | None = None,
) -> tuple[Energy | None, str | None]:
    """The energy of whole generations over at least a second, or the reason why it is not known.

    One generation takes about `once_s` seconds; where that is more than the pass may add to a run,
    it is not started.
    """
    try:
        counter = (open_counter or counter_of)(device)
        if once_s > LONGEST_PASS_S:
            most = f"the energy pass adds at most {LONGEST_PASS_S:.0f} s"
            return None, f"one generation takes {once_s:.0f} s, and {most}"
        return _count(runner, counter), None
    except OSError as error:
        return None, str(error)


def _count(runner: Runner, counter: Counter) -> Energy:
    """Generate until the window is long enough, and read the counter around all of it."""
    generations = tokens = 0
    before, start = counter.joules(), time.perf_counter()
    while not generations or time.perf_counter() - start < WINDOW_S:
        tokens += runner.headline()[1]
        generations += 1
    after, window_s = counter.joules(), time.perf_counter() - start
    return Energy(
        joules=after - before,
        window_s=window_s,
        generations=generations,
        tokens=tokens,
        counter=counter.name,
    )


def counter_of(device: Place) -> Counter:
    """The counter of a device; raises OSError with the reason where there is none."""
    if device.kind == "cuda":
        return NvmlCounter(device.index)
    return RaplCounter()


class RaplCounter:
    """All processor packages together, with everything that runs on them."""

    def __init__(self, root: Path = POWERCAP) -> None:
        self._packages = [_Package(folder) for folder in _package_folders(root)]
        if not self._packages:
            raise OSError(f"this processor shows no energy counter (RAPL) under {root}")
        self.name = "RAPL " + ", ".join(package.name for package in self._packages)

    def joules(self) -> float:
        """Joules since this counter was opened."""
        return sum(package.joules() for package in self._packages)


class _Package:
    """One package's microjoules, which begin at 0 again past their range."""

    def __init__(self, folder: Path) -> None:
        self.name = _text(folder / "name")
        self._energy = folder / "energy_uj"
        self._range = int(_text(folder / "max_energy_range_uj"))
        self._last = self._read()
        self._counted = 0

    def joules(self) -> float:
        """Joules since this was opened; it must be read before the range is through twice."""
        now = self._read()
        self._counted += now - self._last + (self._range if now < self._last else 0)
        self._last = now
        return self._counted / 1e6

    def _read(self) -> int:
        try:
            return int(_text(self._energy))
        except PermissionError:
            reason = f"only root may read the processor's energy counter, {self._energy}"
            raise OSError(reason) from None


def _package_folders(root: Path) -> list[Path]:
    """The packages' folders. A folder with a second colon is a part of a package, and the domain
    `psys` is the whole board, the packages included.
    """
    domains = [folder for folder in root.glob("intel-rapl:*") if folder.name.count(":") == 1]
    return sorted(folder for folder in domains if _text(folder / "name").startswith("package"))


def _text(file: Path) -> str:
    return file.read_text(encoding="ascii").strip()


class NvmlCounter:
    """The whole board of one GPU, since its driver was loaded."""

    name = "NVML total energy of the board"

    def __init__(self, index: int) -> None:
        import pynvml

        self._nvml = pynvml
        try:
            pynvml.nvmlInit()
            self._handle = visible_handles(pynvml)[index]
        except (pynvml.NVMLError, IndexError) as error:
            raise OSError(f"the GPU cannot be asked for its energy (NVML): {error}") from error
        self.joules()

    def joules(self) -> float:
        """Joules since the driver was loaded."""
        try:
            millijoules = self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)
        except self._nvml.NVMLError as error:
            raise OSError(f"this GPU has no energy counter (NVML): {error}") from error
        return float(millijoules) / 1000
