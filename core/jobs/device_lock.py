"""One measurement at a time per device, also between processes and people: a lock file of the
machine, which the operating system frees when its holder dies.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from core.errors import RunError
from core.home import LOCKS_VARIABLE, locks_folder
from core.variants.environment import CPU, VISIBLE_DEVICES, gpu_uuids

ANYBODY = 0o666
SHARED_FOLDER = 0o1777
SAFE = os.O_NOFOLLOW | os.O_NONBLOCK  # a link or a pipe that somebody put there leads nowhere


class DeviceLock:
    """A lock on one device, a GPU as the machine knows it: which one `cuda:0` is differs between
    processes.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._file: Path | None = None
        self._held: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it; never waits. Raises RunError where it cannot be told
        whether anybody does.
        """
        if self._held is not None:
            return True
        self._file = self._file or locks_folder() / f"{machines_name(self._device)}.lock"
        try:
            self._held = _locked(self._file)
        except OSError as error:
            raise RunError(
                f"The lock file {self._file} of {self._device} cannot be used: {error.strerror}. "
                f"{LOCKS_VARIABLE} names the folder of the locks, the same one for all who measure "
                "on this machine."
            ) from error
        return self._held is not None

    def release(self) -> None:
        """Give the lock back; does nothing where it is not held."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)


def machines_name(device: str) -> str:
    """What all processes of the machine call the device, and files may be called: `cpu`, or a GPU's
    UUID. Raises RunError for a GPU that is not there.
    """
    if device == CPU:
        return CPU
    there = gpu_uuids(os.environ.get(VISIBLE_DEVICES))
    place = int(device.rpartition(":")[2])
    if place >= len(there):
        raise RunError(f"{device} cannot be locked: the driver tells of {len(there)} GPUs.")
    return there[place].replace("/", "-")


def _locked(file: Path) -> int | None:
    """The file, open and locked; None while another holds it."""
    folder = _open_folder(file.parent)
    try:
        opened = _open_file(file.name, folder)
    finally:
        os.close(folder)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(opened).st_nlink:  # else it was removed meanwhile, and locks nothing
            return opened
    except BlockingIOError:
        pass
    except OSError:
        os.close(opened)
        raise
    os.close(opened)
    return None


def _open_folder(folder: Path) -> int:
    made = False
    with contextlib.suppress(FileExistsError):
        folder.mkdir(parents=True)
        made = True
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | SAFE)
    if made:
        os.fchmod(opened, SHARED_FOLDER)
    return opened


def _open_file(name: str, folder: int) -> int:
    """Never with O_CREAT where it is there: the kernel may refuse that for a file of another user.
    Read-only is enough for a lock, where another's file does not allow more.
    """
    with contextlib.suppress(FileExistsError):
        with contextlib.suppress(FileNotFoundError):
            return _open_existing(name, folder)
        made = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | SAFE, ANYBODY, dir_fd=folder)
        os.fchmod(made, ANYBODY)
        return made
    return _open_existing(name, folder)


def _open_existing(name: str, folder: int) -> int:
    with contextlib.suppress(PermissionError):
        return os.open(name, os.O_RDWR | SAFE, dir_fd=folder)
    return os.open(name, os.O_RDONLY | SAFE, dir_fd=folder)
