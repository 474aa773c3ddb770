"""The devices of a Ray cluster as slots; speaks to the bridge and never imports Ray itself.

Joining takes seconds and happens in the bridge, so whoever asks for slots meanwhile is told so.
"""

import contextlib
import importlib.util
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from core.errors import RequestError
from core.home import home, variables_without_history
from core.jobs.cluster.messages import (
    FROM_BRIDGE,
    Found,
    FoundSlot,
    FromSlot,
    SlotLost,
    ToSlot,
    Unreachable,
)
from core.jobs.cluster.remote_worker import RemoteSlot
from core.jobs.executor import Executor
from core.jobs.local_executor import LocalExecutor
from core.jobs.slots import Slot, SlotLock
from core.results.hardware import present_hardware
from core.variants.environment import CPU, Environment

FIELD = "executor"
VALUE = "ray"
REPOSITORY = Path(__file__).resolve().parents[3]
JOIN_S = 60.0
CLOSE_S = 5.0
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
NOT_INSTALLED = "Ray is not installed; pip install -r requirements-ray.txt brings it."
logger = logging.getLogger(__name__)


class RayFleet:
    """All slots of the cluster at that address, `auto` for the one that this machine is part of.

    Raises RequestError where Ray is not installed.
    """

    def __init__(self, address: str) -> None:
        if importlib.util.find_spec("ray") is None:
            raise RequestError(FIELD, VALUE, NOT_INSTALLED, ("local",))
        self._address = address
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._found: dict[str, FoundSlot] | None = None
        self._ends: dict[str, RemoteSlot] = {}
        self._failure: str | None = None
        self._bridge: subprocess.Popen[bytes] | None = None
        self._start()

    def join(self) -> None:
        """Wait until the cluster is joined. Raises RequestError where that fails, and where it has
        no slot.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._found is not None or self._failure, JOIN_S):
                raise self._refusal(f"has not answered for {JOIN_S:.0f} s.")
        self.slots()

    def slots(self) -> tuple[Slot, ...]:
        """The slots that are there now, GPUs of all nodes first; after a failure it is tried again.

        Raises RequestError where the cluster is not joined, or has none.
        """
        with self._lock:
            found, failure = self._found, self._failure
            if failure is not None:
                self._failure = None
                self._start()
        if failure is not None:
            raise self._refusal(f"cannot be used: {failure.rstrip('.')}.")
        if found is None:
            raise self._refusal("is still being joined; try again in a moment.")
        slots = [slot for one in found.values() for slot in _slot(one)]
        if not slots:
            raise self._refusal("has no node with processors or GPUs that this program could use.")
        return tuple(sorted(slots, key=lambda slot: (slot.device == CPU, slot.key)))

    def environment(self, slot: Slot | None = None) -> Environment:
        """What the slot's node can run; without a slot that of the first, with one of each device
        that the cluster has.
        """
        with self._lock:
            slots, known = self.slots(), dict(self._found or {})
        if slot is not None and slot.key in known:
            return known[slot.key].environment
        first = known[slots[0].key].environment
        each = {d.key: d for s in reversed(slots) for d in known[s.key].environment.devices}
        return first.model_copy(update={"devices": tuple(each[key] for key in sorted(each))})

    def executor(self, slot: Slot) -> Executor:
        """The same executor as for this machine, over a worker on the slot's node."""
        return LocalExecutor(slot.device, start=self._end_of(slot).start)

    def lock(self, slot: Slot) -> SlotLock:
        """The device's lock on its node."""
        return self._end_of(slot)

    def close(self) -> None:
        """Leave the cluster; its actors and workers end."""
        with self._lock:
            bridge, self._bridge = self._bridge, None
        if bridge is None or bridge.stdin is None:
            return
        with contextlib.suppress(OSError):
            bridge.stdin.close()
        try:
            bridge.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            bridge.kill()
            bridge.wait()

    def _refusal(self, reason: str) -> RequestError:
        return RequestError(
            FIELD, VALUE, f"the Ray cluster at {self._address} {reason}", ("local",)
        )

    def _end_of(self, slot: Slot) -> RemoteSlot:
        """The slot's end here; a new one for a slot that was lost and has come again, one that is
        lost for a slot that has turned out to be other hardware.
        """
        with self._lock:
            end = self._ends.get(slot.key)
            if end is not None and end.lost is None and end.hardware == slot.hardware:
                return end
            end = RemoteSlot(slot.key, slot.hardware, self._send)
            end.lost = self._turned_out(end)
            if end.lost is None:
                self._ends[slot.key] = end
            return end

    def _turned_out(self, end: RemoteSlot) -> str | None:
        """How the slot is now known to be other hardware than what it was offered as."""
        found = (self._found or {}).get(end.key)
        now = found and present_hardware(found.environment, found.device)
        return f"{end.key} is {now}, not {end.hardware}" if now and now != end.hardware else None

    def _start(self) -> None:
        log_file = home() / "logs" / "ray-bridge.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            self._bridge = bridge = subprocess.Popen(
                [sys.executable, "-m", "core.jobs.cluster.bridge", "--address", self._address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=REPOSITORY,
                env={**variables_without_history(), **QUIET},
                start_new_session=True,
            )
        assert bridge.stdout is not None
        threading.Thread(
            target=self._read, args=(bridge, bridge.stdout), name="ray-bridge", daemon=True
        ).start()

    def _send(self, message: ToSlot) -> None:
        """Send a line; a bridge that is gone is noticed by the end of its output."""
        line = message.model_dump_json().encode() + b"\n"
        with self._lock, contextlib.suppress(OSError, ValueError):
            if self._bridge is not None and self._bridge.stdin is not None:
                self._bridge.stdin.write(line)
                self._bridge.stdin.flush()

    def _read(self, bridge: "subprocess.Popen[bytes]", output: IO[bytes]) -> None:
        reason = "the connection to it ended."
        try:
            for line in output:
                message = FROM_BRIDGE.validate_json(line)
                if isinstance(message, Unreachable):
                    reason = message.reason
                else:
                    self._take(message)
        except ValidationError:
            logger.exception("the bridge to Ray said something that is no message")
        finally:
            output.close()
            self._lose(bridge, reason)

    def _take(self, message: Found | FromSlot) -> None:
        if isinstance(message, Found):
            self._take_found(message)
            return
        with self._lock:
            if isinstance(message, SlotLost) and self._found is not None:
                self._found.pop(message.slot, None)
            end = self._ends.get(message.slot)
        if end is not None:
            end.take(message)

    def _take_found(self, message: Found) -> None:
        with self._changed:
            self._found = {slot.key: slot for slot in message.slots}
            others = [(end, self._turned_out(end)) for end in self._ends.values()]
            self._changed.notify_all()
        for end, other in others:
            if other is not None:
                end.lose(other)

    def _lose(self, bridge: "subprocess.Popen[bytes]", reason: str) -> None:
        """The bridge has ended: with it, everything that ran over it."""
        with self._changed:
            if self._bridge is bridge:
                self._found, self._failure = None, reason
            ends = list(self._ends.values())
            self._changed.notify_all()
        for end in ends:
            end.lose(f"the Ray cluster was lost: {reason}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            bridge.wait(timeout=CLOSE_S)
        if bridge.stdin is not None:
            with contextlib.suppress(OSError):
                bridge.stdin.close()


def _slot(found: FoundSlot) -> Iterator[Slot]:
    """Nothing where the node has no such device after all, whatever it told Ray."""
    hardware = present_hardware(found.environment, found.device)
    if hardware is not None:
        yield Slot(found.key, found.device, hardware, found.node)
