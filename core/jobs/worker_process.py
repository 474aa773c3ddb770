"""The worker as an operating-system process: start it, speak JSON lines with it, end it.

Started with `Popen`, since multiprocessing would run the dashboard's script again in the child.
"""

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import psutil
from pydantic import ValidationError

from core.home import home, variables_without_history
from core.jobs.protocol import EVENTS, Residents
from core.jobs.worker import Sent, TaskEvent
from core.variants import bundled_file
from core.variants.bundled_file import bundled_source
from core.variants.endpoints import endpoint_keys
from core.variants.engine import DEFAULT_ENGINE, Engine
from core.variants.engine_environment import MAIN_PACKAGES, MAIN_PYTHON, python_of
from core.variants.environment import package_versions
from core.variants.hub import PERSONS_OFFLINE, persons_offline

REPOSITORY = Path(__file__).resolve().parents[2]
LARGEST_LOG_BYTES = 5_000_000
TERM_GRACE_S = 0.5
AS_NVML_COUNTS = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}  # of unlike GPUs, CUDA's first is the fastest
logger = logging.getLogger(__name__)
ASK_NO_HUB = (Engine.OPENAI, Engine.LLAMA_CPP)
HUB_TOKENS = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})
WORKER = ("-m", "core.engine.worker")
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONFAULTHANDLER": "1",
}


class WorkerProcess:
    """A running worker. `events` yields what it says of runs, then None when its output ends;
    `residents` is what it last said it holds.
    """

    def __init__(self, device: str, engine: Engine = DEFAULT_ENGINE) -> None:
        self.residents: Residents | None = None
        self.retired = False
        self.events: queue.Queue[TaskEvent | None] = queue.Queue()
        self._log = _log_file(device)
        self._log_start = self._log.stat().st_size if self._log.exists() else 0
        self._kills_before = _memory_kills()
        self._writing = threading.Lock()
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                [python_of(engine), *WORKER, "--engine", engine, "--device", device],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=REPOSITORY,
                env=_environment(engine),
                start_new_session=True,
            )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._input: IO[bytes] = self._popen.stdin
        threading.Thread(
            target=self._read, args=(self._popen.stdout,), name="worker-reader", daemon=True
        ).start()

    @property
    def pid(self) -> int:
        """Process id, which is its group's too."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and has not said that it will end."""
        return not self.retired and self._popen.poll() is None

    @property
    def killed_for_memory(self) -> bool:
        """Whether the worker was killed while the kernel's count of memory kills went up."""
        return self._popen.poll() == -signal.SIGKILL and _memory_kills() > self._kills_before

    def send(self, command: Sent) -> None:
        """Write one command; a worker that is gone is noticed by the end of its output."""
        line = command.model_dump_json().encode() + b"\n"
        with self._writing, contextlib.suppress(OSError, ValueError):
            self._input.write(line)
            self._input.flush()

    def describe_end(self) -> str:
        """How the process ended, with the last line of its log where that says more."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=2)
        code = self._popen.poll()
        if code is None:
            return "it closed its output."
        if code >= 0:
            return f"exit status {code}. {self._last_logged_line()}".strip()
        return f"killed by signal {signal.Signals(-code).name}."

    def end(self) -> None:
        """SIGTERM, then SIGKILL, to the group and to descendants that left the group."""
        family = _family(self.pid)
        self._signal_group(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=TERM_GRACE_S)
        self._signal_group(signal.SIGKILL)
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._popen.wait()
        with contextlib.suppress(OSError):
            self._input.close()

    def _last_logged_line(self) -> str:
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _read(self, output: IO[bytes]) -> None:
        try:
            for line in output:
                event = EVENTS.validate_json(line)
                if isinstance(event, Residents):
                    self.residents = event
                else:
                    self.events.put(event)
        except ValidationError:
            logger.exception("the worker said something that is no event")
        finally:
            output.close()
            self.events.put(None)


def _family(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _environment(engine: Engine) -> dict[str, str]:
    """The worker's variables: its libraries ask no hub by themselves, and only a download that a
    run needs goes by what the person has set. It has no use for the history and its password, nor
    for tokens that its engine sends to nobody, and in an environment of its own needs to know
    which Python the program has.
    """
    caches = {"TORCHINDUCTOR_CACHE_DIR": str(home() / "inductor")}
    program = {
        MAIN_PYTHON: sys.executable,
        MAIN_PACKAGES: json.dumps(package_versions(), sort_keys=True),
    }
    if bundled := bundled_source():
        program[bundled_file.VARIABLE] = str(bundled)
    idle = endpoint_keys() if engine is not Engine.OPENAI else frozenset()
    idle |= HUB_TOKENS if engine in ASK_NO_HUB else frozenset()
    persons = {k: value for k, value in variables_without_history().items() if k not in idle}
    return {
        **caches,
        **persons,
        **OFFLINE,
        **AS_NVML_COUNTS,
        **program,
        PERSONS_OFFLINE: persons_offline(),
    }


def _log_file(device: str) -> Path:
    folder = home() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"worker-{device.replace(':', '-')}.log"
    if file.exists() and file.stat().st_size > LARGEST_LOG_BYTES:
        file.replace(file.with_suffix(".old.log"))
    return file


def _memory_kills() -> int:
    """How many processes the kernel has killed for want of memory; 0 where it does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
