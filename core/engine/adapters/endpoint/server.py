"""A server that was reached, and what it tells of itself on pages that some have and none needs."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from core.engine.adapters.endpoint.connection import Connection
from core.engine.adapters.endpoint.network import round_trips
from core.engine.adapters.endpoint.secret import Kept, Secret
from core.engine.cancellation import Cancellation
from core.errors import RunError
from core.variants.address import host_of, is_this_machine

LOOK_UP_S = 2.0
LONGEST_NAME = 100
MOST_MODELS = 100
# Names that servers give as the owner of their models.
OWNERS = ("vllm", "sglang", "llamacpp", "lmdeploy", "tensorrt_llm", "openai")


@dataclass(frozen=True)
class Server:
    """Name, version and models of a server; empty where it does not tell."""

    name: str = ""
    version: str = ""
    models: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Reached:
    """A server that answered, and how to ask it; `round_trip_s` are those of the network."""

    connection: Connection
    server: Server
    round_trip_s: tuple[float, ...]

    @property
    def secret(self) -> Secret:
        """The key that it is asked with."""
        return self.connection.secret

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self.connection.endpoint.address

    @property
    def host(self) -> str:
        """Its host, and port where that is not the usual one."""
        return host_of(self.address)

    @property
    def is_this_machine(self) -> bool:
        """Whether it runs on this machine."""
        return is_this_machine(self.address)


def reach(connection: Connection, cancellation: Cancellation) -> Reached:
    """Reach a server and look around. Raises LoadFailed where it does not answer."""
    secret = connection.secret
    with Kept(secret):
        round_trip_s = connection.run(round_trips(connection.endpoint), cancellation)
        told = connection.run(_look_around(connection), cancellation)
    models = tuple(map(secret.hide, told.models))
    server = Server(secret.hide(told.name), secret.hide(told.version), models)
    return Reached(connection, server, round_trip_s)


async def _look_around(connection: Connection) -> Server:
    """What the server's model list, its version page and its header tell."""
    address = connection.endpoint.address
    (header, listed), (_, told) = await asyncio.gather(
        _page(connection, f"{address}/models"),
        _page(connection, f"{address.removesuffix('/v1')}/version"),
    )
    rows = listed.get("data")
    entries = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    owners = [row.get("owned_by") for row in entries]
    name = next((owner for owner in OWNERS if owner in owners), header)
    return Server(
        name=name[:LONGEST_NAME],
        version=str(told.get("version") or "")[:LONGEST_NAME],
        models=tuple(str(row["id"])[:LONGEST_NAME] for row in entries[:MOST_MODELS] if "id" in row),
    )


async def _page(connection: Connection, url: str) -> tuple[str, dict[str, Any]]:
    """The server header and the JSON object of a page; both empty where there is none."""
    with contextlib.suppress(RunError, TimeoutError):
        headers, page = await connection.look_up(url, LOOK_UP_S)
        return headers.get("server", ""), page if isinstance(page, dict) else {}
    return "", {}
