"""Addresses of servers: one way to write each, and whether it is this machine."""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

import psutil

from core.errors import RequestError

USUAL_PORTS = {"http": 80, "https": 443}
VALID = ("an address such as http://127.0.0.1:8000/v1",)


def normal_address(text: str) -> str:
    """The address in its one way of writing: scheme and host in small letters, no usual port, no
    slash at the end. Raises RequestError for what is none, or has credentials in it.
    """
    parts = _split(text)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port if parts.port != USUAL_PORTS[parts.scheme] else None
    place = f"{host}:{port}" if port else host
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}"


def host_of(address: str) -> str:
    """Host, and port where it is not the usual one, of an address in its one way of writing."""
    return urlsplit(address).netloc


def is_this_machine(address: str) -> bool:
    """Whether the address names this machine: a loopback address, one of its own, or its name."""
    host = urlsplit(address).hostname or ""
    if host in ("localhost", socket.gethostname().lower()):
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(".localhost")
    return number.is_loopback or str(number) in _own_addresses()


def _split(text: str) -> SplitResult:
    """The parts of an address. What is refused is shown without what might be a secret in it."""
    shown = re.sub(r"//[^/]*@", "//…@", re.sub(r"[?#].*", "…", text, flags=re.DOTALL))

    def refused(reason: str) -> RequestError:
        return RequestError("endpoint", shown, reason, VALID)

    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise refused("this is no address.") from None
    if "@" in text:
        raise refused("credentials do not belong in an address; name the key's variable instead.")
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        raise refused("an address has no spaces in it.")
    if "?" in text or "#" in text:
        raise refused("an address ends before any ? or #: what follows might be a key.")
    if parts.scheme not in USUAL_PORTS or not parts.hostname or port == 0:
        raise refused("only http and https addresses can be asked.")
    return parts


def _own_addresses() -> set[str]:
    return {
        entry.address.partition("%")[0]
        for entries in psutil.net_if_addrs().values()
        for entry in entries
    }
