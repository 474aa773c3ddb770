"""Whether a choice can work on this machine, and if not, why not and what would help."""

import os
import re
import shutil
from dataclasses import dataclass

from core.variants.environment import Device, Environment


@dataclass(frozen=True)
class Support:
    """`reason` is None where the choice is usable; `remedy` is a command that would make it so."""

    reason: str | None = None
    remedy: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the choice can work here."""
        return self.reason is None

    @property
    def explanation(self) -> str:
        """The reason and the remedy as one text; empty where the choice is usable."""
        return " ".join(part for part in (self.reason, self.remedy) if part)


USABLE = Support()


def needs_package(environment: Environment, package: str, command: str) -> Support:
    """Usable when `package` is installed; else the reason, with the command that installs it."""
    if environment.has(package):
        return USABLE
    return Support(f"The package {package} is not installed.", f"Install it with: {command}")


def needs_version(environment: Environment, package: str, least: str) -> Support:
    """Usable when `package` is installed in at least that version, as `major.minor`."""
    found = environment.packages.get(package)
    if found and _numbers(found) >= _numbers(least):
        return USABLE
    return Support(f"Needs {package} {least} or newer; {found or 'none'} is installed.")


def _numbers(version: str) -> tuple[int, ...]:
    """`(5, 21)` for `5.21.0rc1`."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def needs_cuda(device: Device, least_capability: float = 0.0) -> Support:
    """Usable on a CUDA device of at least that compute capability."""
    if device.kind != "cuda":
        return Support(f"Needs an NVIDIA GPU; this device is {device.key}.")
    if (device.compute_capability or 0.0) < least_capability:
        return Support(
            f"Needs compute capability {least_capability}; {device.name} has "
            f"{device.compute_capability}."
        )
    return USABLE


def needs_compiler(device: Device) -> Support:
    """Usable where Inductor finds what it builds kernels with: a C++ compiler for a CPU's, a C
    compiler for the launchers of a GPU's.
    """
    names = ("g++", "clang++") if device.kind == "cpu" else ("gcc", "clang", "cc")
    chosen = os.environ.get("CXX" if device.kind == "cpu" else "CC")
    if any(shutil.which(name) for name in (chosen, *names) if name):
        return USABLE
    return Support(
        f"Compiling needs one of {', '.join(names)}, and none is installed.",
        "On Debian or Ubuntu: apt-get install g++",
    )
