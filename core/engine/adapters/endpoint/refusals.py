"""From what goes wrong between here and a server to an error that says whose turn it is."""

import errno
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx2

from core.engine.adapters.endpoint.answer import Garbage, error_text
from core.errors import LoadFailed, RunError, UnsupportedRun
from core.variants.address import host_of
from core.variants.endpoints import Endpoint

# Statuses by which servers refuse a field or a value, so that another way of asking may do.
NOT_SO = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
NOT_HERE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


class Refused(RunError):
    """The server answered with a status that is no success; `said` is what it gave as reason."""

    def __init__(self, status: int, said: object, message: str) -> None:
        self.status = status
        self.said = error_text(said)
        super().__init__(message)


class HungUp(RunError):
    """The server closed a connection before anything of an answer came."""


def hung_up(error: httpx2.HTTPError, endpoint: Endpoint) -> HungUp:
    """A connection that closed with a request on it."""
    told = f"{type(error).__name__} {str(error)[:200]}".strip()
    return HungUp(f"{host_of(endpoint.address)} hung up before it answered: {told}")


def refusal(status: int, said: object, headers: httpx2.Headers, endpoint: Endpoint) -> Refused:
    """What a status means here. What is said of a key is not repeated: it might be the key."""
    name = f"{status} {_phrase(status)}".strip()
    host, text = host_of(endpoint.address), error_text(said)
    match status:
        case 401 | 403:
            known = f"The key came from {endpoint.key.env}." if endpoint.key else "It has no key."
            message = f"{host} does not let this program in ({name}). {known}"
        case 429:
            wait = headers.get("retry-after", "")
            after = f" It asks to wait {wait[:20]} s." if wait.isdigit() else ""
            message = f"{host} takes no more requests for now ({name}): {text}.{after}"
        case _ if 300 <= status < 400:
            target = urlsplit(headers.get("location", "")).netloc or "another path"
            message = f"{host} sends requests on to {target} ({name}), which is not followed."
        case _:
            message = f"{host} refused the request ({name}): {text}"
    return Refused(status, said, message)


def wrong_model(refused: Refused, model: str, served: tuple[str, ...]) -> UnsupportedRun:
    """The server has no such model, as far as it can be told."""
    known = f" It serves {', '.join(served[:20])}." if served else ""
    return UnsupportedRun(f"The server does not serve {model!r}: {refused.said}.{known}", "model")


def unreachable(error: httpx2.HTTPError | OSError, endpoint: Endpoint) -> RunError:
    """A connection that could not be made, or that broke."""
    host = host_of(endpoint.address)
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            why = cause.reason or str(cause)
            return LoadFailed(f"The TLS connection to {host} failed: {why[:200]}.")
        if isinstance(cause, socket.gaierror):
            return LoadFailed(f"The name of {host} could not be resolved: {cause.strerror}.")
        if isinstance(cause, ConnectionRefusedError):
            return LoadFailed(f"Nothing listens at {host}: the connection was refused.")
        if isinstance(cause, OSError) and cause.errno == errno.EMFILE:
            return RunError("This system allows no more open connections: lower batch_size.")
    if isinstance(error, httpx2.ConnectTimeout | TimeoutError):
        return LoadFailed(f"{host} did not answer a connection in time.")
    if isinstance(error, httpx2.ConnectError | OSError):
        return LoadFailed(f"{host} cannot be reached: {str(error)[:200]}")
    if isinstance(error, httpx2.ProtocolError):
        return Garbage(f"{host} broke the rules of HTTP, or off in the middle: {str(error)[:200]}")
    return RunError(f"The connection to {host} broke: {type(error).__name__} {str(error)[:200]}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything behind it, those of a group included."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        behind = (current.__cause__, current.__context__)
        waiting += [one for one in behind if one is not None]
        waiting += current.exceptions if isinstance(current, BaseExceptionGroup) else ()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in tuple(HTTPStatus) else ""
