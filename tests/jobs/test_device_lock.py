"""The lock file of a device: the same one for all processes and people, and nothing else's."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import RunError
from core.home import locks_folder
from core.jobs.device_lock import DeviceLock, machines_name
from core.variants import environment
from core.variants.environment import VISIBLE_DEVICES
from tests.fake_nvml import FakeNvml


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of two."""
    monkeypatch.setattr(environment, "_nvml", lambda: FakeNvml("A", "B"))


@pytest.fixture
def umask() -> Iterator[None]:
    """That of somebody who lets nobody read."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_anybody_may_take_it_whatever_the_umask_of_who_was_first() -> None:
    assert DeviceLock("cpu").try_acquire()
    assert mode(locks_folder()) == 0o1777
    assert mode(locks_folder() / "cpu.lock") == 0o666


def test_one_holds_it_and_it_is_free_again() -> None:
    one, other = DeviceLock("cpu"), DeviceLock("cpu")
    other.release()
    assert one.try_acquire()
    assert not other.try_acquire()
    one.release()
    assert other.try_acquire()


def test_a_file_that_another_made_unwritable_is_locked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holder = DeviceLock("cpu")
    assert holder.try_acquire()
    real = os.open

    def denied(path: str, flags: int, *mode: int, dir_fd: int | None = None) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", denied)
    assert not DeviceLock("cpu").try_acquire()
    holder.release()
    assert DeviceLock("cpu").try_acquire()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    locks_folder().mkdir()
    (tmp_path / "of-another").write_text("kept")
    (locks_folder() / "cpu.lock").symlink_to(tmp_path / "of-another")
    with pytest.raises(RunError, match=r"cpu\.lock of cpu cannot be used") as told:
        DeviceLock("cpu").try_acquire()
    assert "TRADEOFFS_LOCKS" in str(told.value)


def test_by_default_it_is_one_folder_for_all_users_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TRADEOFFS_LOCKS")
    usual = locks_folder()
    for name in ("TMPDIR", "USER", "LOGNAME", "HOME", "TRADEOFFS_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    assert locks_folder() == usual


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize("second", ["1", "GPU-1", "1,0"])
def test_a_gpu_has_one_lock_whatever_a_process_calls_it(
    second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VISIBLE_DEVICES, raising=False)
    holder = DeviceLock("cuda:1")
    assert holder.try_acquire()
    assert DeviceLock("cuda:0").try_acquire()
    monkeypatch.setenv(VISIBLE_DEVICES, second)
    assert not DeviceLock("cuda:0").try_acquire()
    holder.release()
    assert DeviceLock("cuda:0").try_acquire()


@pytest.mark.usefixtures("gpus")
def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE_DEVICES, "0")
    with pytest.raises(RunError, match=r"cuda:1 .* 1 GPU"):
        machines_name("cuda:1")
