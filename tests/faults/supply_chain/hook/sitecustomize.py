"""Refuses every connection but those to this machine, and writes each attempt down.

Python imports it by itself where its folder is on PYTHONPATH, so it holds in all child processes;
the file of attempts is named by a variable.
"""

import ipaddress
import os
import sys
import traceback
from typing import Any

VARIABLE = "TESTS_NETWORK_ATTEMPTS"
ADDRESSED = ("socket.connect", "socket.sendto", "socket.sendmsg")
NAMED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python with each of its audit events."""
    if event in ADDRESSED:
        target = arguments[1]
        if isinstance(target, tuple) and not _here(target[0]):
            _refuse(event, target)
    elif event in NAMED and not _here(arguments[0]):
        _refuse(event, arguments[0])


def _here(host: object) -> bool:
    """Whether a host is this machine, by name or number."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(name))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(event: str, target: object) -> None:
    line = f"{event} {target!r} in {' '.join(sys.orig_argv)[:200]}\n"
    frames = "".join(traceback.format_stack(limit=12)[:-2])
    with open(os.environ[VARIABLE], "a", encoding="utf-8") as file:  # noqa: PTH123 - early in a start
        file.write(line + frames)
    raise OSError(101, "Network is unreachable")


if os.environ.get(VARIABLE):
    sys.addaudithook(watch)
