"""Nothing tries to reach out: neither the dashboard and its pages, nor a run, nor the shell.

All of it happens on a machine without a network, where Python's audit hook and the kernel's own
counters would tell of the first attempt, even of one that fails.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.server import ROOT
from tests.faults.supply_chain.alone import NOT_POSSIBLE
from tests.faults.supply_chain.hook.sitecustomize import VARIABLE

HOOK = Path(__file__).with_name("hook")
HERE = "tests.faults.supply_chain"
ONLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "TRADEOFFS_HUB", "HF_ENDPOINT")
TRIES = {
    "a name": "import socket; socket.getaddrinfo('example.com', 80)",
    "an address": "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
    "a datagram": "import socket; s = socket.socket(2, 2); s.connect(('192.0.2.1', 1))",
    "IPv6": "import socket; socket.create_connection(('2001:db8::1', 80), 1)",
}


def without_network(
    command: list[str], attempts: Path, *, watched: bool
) -> tuple[subprocess.CompletedProcess[str], dict[str, int] | None]:
    """The command's end, and the kernel's counts of what had no way out; None where it has no
    namespace for this, and only Python's hook keeps the command in.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ONLINE}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(map(str, [HOOK, ROOT]))}
    if watched:
        environment[VARIABLE] = str(attempts)
    alone = [sys.executable, "-m", f"{HERE}.alone", *command]
    options = {"cwd": ROOT, "env": environment, "capture_output": True, "text": True}
    done = subprocess.run(alone, check=False, **options)  # type: ignore[call-overload]
    if done.returncode != NOT_POSSIBLE:
        return done, json.loads(done.stderr.splitlines()[-1])
    return subprocess.run(command, check=False, **options), None  # type: ignore[call-overload]


def stays_here(tmp_path: Path, kind: str) -> None:
    attempts = tmp_path / "attempts"
    command = [sys.executable, "-m", f"{HERE}.default_path", str(tmp_path), kind]
    done, counts = without_network(command, attempts, watched=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not attempts.exists(), attempts.read_text()
    assert counts in (None, {"IPv4": 0, "IPv6": 0})


@pytest.mark.usefixtures("bundled_model")
def test_the_dashboard_and_the_shell_try_no_connection(tmp_path: Path) -> None:
    stays_here(tmp_path, "usual")


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("bundled_model")
def test_nor_do_sweeps_pairs_load_tests_and_claims(tmp_path: Path) -> None:
    stays_here(tmp_path, "all")


@pytest.mark.parametrize("code", TRIES.values(), ids=TRIES)
def test_an_attempt_would_be_told_by_python(tmp_path: Path, code: str) -> None:
    attempts = tmp_path / "attempts"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    without_network([sys.executable, "-c", child], attempts, watched=True)
    assert attempts.read_text().startswith("socket.")


@pytest.mark.parametrize("code", TRIES.values(), ids=TRIES)
def test_an_attempt_would_be_told_by_the_kernel(tmp_path: Path, code: str) -> None:
    command = [sys.executable, "-c", code]
    done, counts = without_network(command, tmp_path / "attempts", watched=False)
    if counts is None:
        pytest.skip("this system makes no network namespace")
    assert sum(counts.values()) > 0, done.stderr
