"""One measurement at a time per device, also between processes: a lock file of the machine."""

from filelock import FileLock, Timeout

from core.home import locks_folder


class DeviceLock:
    """A lock on one device. The operating system frees it when its holder dies."""

    def __init__(self, device: str) -> None:
        folder = locks_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / f"{device.replace(':', '-')}.lock", thread_local=False)

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it; never waits."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Give the lock back; does nothing where it is not held."""
        self._lock.release()
