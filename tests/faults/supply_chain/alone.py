"""Runs a command where there is no network: `python -m tests.faults.supply_chain.alone COMMAND…`.

A network namespace of Linux with nothing but the loopback device. The kernel counts there whatever
has no way out, be it Python or not; the last line of standard error tells the counts as JSON. Exit
status 75 where no namespace can be made here.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NEW_USER, NEW_NET = 0x10000000, 0x40000000
SET_FLAGS, UP_AND_RUNNING = 0x8914, 0x41
NOT_POSSIBLE = 75


def main(command: Sequence[str]) -> int:
    """The command's exit status."""
    if not _leave_the_network():
        return NOT_POSSIBLE
    _raise_loopback()
    status = subprocess.run(command, check=False).returncode
    print(json.dumps(without_a_way()), file=sys.stderr)
    return status


def without_a_way() -> dict[str, int]:
    """How often something was sent that had no way out, of both versions of IP."""
    rows = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    names, values = (row for row in rows if row[0] == "Ip:")
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return {
        "IPv4": int(dict(zip(names, values, strict=True))["OutNoRoutes"]),
        "IPv6": int(six["Ip6OutNoRoutes"]),
    }


def _leave_the_network() -> bool:
    """Into a namespace of this process's own; as root, or as a user that the kernel lets."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return any(libc.unshare(flags) == 0 for flags in (NEW_NET, NEW_USER | NEW_NET))
    except (OSError, AttributeError):
        return False


def _raise_loopback() -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sh", b"lo", UP_AND_RUNNING)
        fcntl.ioctl(any_socket, SET_FLAGS, request)


if __name__ == "__main__":
    os.environ.pop("HF_HUB_OFFLINE", None)
    sys.exit(main(sys.argv[1:]))
