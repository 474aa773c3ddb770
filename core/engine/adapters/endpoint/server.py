"""What a server tells of itself, on pages that some have and none needs."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from core.engine.adapters.endpoint.connection import Connection
from core.errors import RunError

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


async def look_around(connection: Connection) -> Server:
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
