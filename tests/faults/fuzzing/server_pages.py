"""The pages on which a server tells of itself, and its refusals: read, or passed over."""

import asyncio
import atexit
from types import SimpleNamespace
from typing import Any, cast

import httpx2

from core.engine.adapters.endpoint.connection import Connection, _read
from core.engine.adapters.endpoint.refusals import refusal, wrong_model
from core.engine.adapters.endpoint.server import _look_around
from core.variants.endpoints import Endpoint
from tests.faults.fuzzing.mutation import mutated_json
from tests.faults.fuzzing.target import Target

ADDRESS = "http://127.0.0.1:1/v1"
SEEDS = (
    b'{"object":"list","data":[{"id":"a/b","owned_by":"vllm"},{"id":"c","owned_by":["x"]}]}',
    b'{"version":"0.9.1"}',
    b'{"error":{"message":"The model does not exist","type":"NotFound","code":404}}',
    b'{"detail":[{"loc":["body"],"msg":"field required"}]}',
    b"<html>Bad gateway</html>",
)
LOOP = asyncio.Runner()
atexit.register(LOOP.close)


def feed(data: bytes) -> None:
    """Take it for each of the pages, and for the reason of a refusal."""
    page = _read(data)

    async def look_up(_: str, __: float) -> tuple[httpx2.Headers, object]:
        return httpx2.Headers({"server": "uvicorn"}), page

    endpoint = Endpoint(address=ADDRESS)
    connection: Any = SimpleNamespace(endpoint=endpoint, look_up=look_up)
    told = LOOP.run(_look_around(cast(Connection, connection)))
    for status in (302, 400, 401, 404, 429, 500, 999):
        said = refusal(status, page, httpx2.Headers({"retry-after": "9"}), endpoint)
        assert str(said)
        assert str(wrong_model(said, "m", told.models))


TARGET = Target("server_pages", feed, SEEDS, ("data", "id", "owned_by", "version", "error"),
                mutated_json, soak_runs=80_000)  # fmt: skip
