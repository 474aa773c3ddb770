"""Servers that may be asked: an address is allowed in the configuration or refused.

`$TRADEOFFS_HOME/endpoints.toml` has a table per server:

    [lab]
    address = "http://127.0.0.1:8000/v1"
    models = ["Qwen/Qwen3-8B"]       # may be left out: any model
    key = { env = "LAB_API_KEY" }    # may be left out: no key
    stall_s = 60                     # may be left out: the longest pause between two tokens

Addresses without a key may stand in the variable `TRADEOFFS_ENDPOINTS` too, apart by spaces. A key
is only ever read from the environment, and only by whoever sends it.
"""

import os
import tomllib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.errors import RequestError
from core.home import endpoints_file
from core.variants.address import normal_address

VARIABLE = "TRADEOFFS_ENDPOINTS"
DEVICE_NAME = "endpoint"  # what a result's device is called, with the host behind it
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class KeySource(BaseModel):
    """Where a key is: in the environment variable of that name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Endpoint(BaseModel):
    """A server that may be asked. `first_token_s` and `stall_s` are the longest that it may take
    to its first token, and between two.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    models: tuple[str, ...] = ()
    key: KeySource | None = None
    first_token_s: Seconds = 300.0
    stall_s: Seconds = 60.0


def endpoint_keys() -> frozenset[str]:
    """The variables that hold servers' keys; none where the configuration cannot be read."""
    try:
        keys = [endpoint.key for endpoint in configured_endpoints().values()]
    except RequestError:
        return frozenset()
    return frozenset(key.env for key in keys if key)


def configured_endpoints() -> dict[str, Endpoint]:
    """All servers that may be asked, by name; those of the variable by their address.

    Raises RequestError where the configuration cannot be read.
    """
    named = {name: _endpoint(name, table) for name, table in _tables().items()}
    listed = os.environ.get(VARIABLE, "").replace(",", " ").split()
    return {**{text: Endpoint(address=normal_address(text)) for text in listed}, **named}


def find_endpoint(value: str) -> Endpoint:
    """The configured server of that name or address. Raises RequestError where there is none."""
    known = configured_endpoints()
    if value in known:
        return known[value]
    if "/" not in value:
        raise RequestError("endpoint", value, "there is no server of that name.", known)
    address = normal_address(value)
    found = [endpoint for endpoint in known.values() if endpoint.address == address]
    if not found:
        raise RequestError("endpoint", value, _how_to_allow(address), known)
    return max(found, key=lambda endpoint: endpoint.key is not None)


def address_of(value: str) -> str:
    """The address of a server's name, or of an address as it was typed, allowed or not. Raises
    RequestError for what is neither.
    """
    try:
        return find_endpoint(value).address
    except RequestError:
        if "/" not in value:
            raise
    return normal_address(value)


def is_endpoint(device_name: str) -> bool:
    """Whether a result's device is a server, of whose hardware nothing is known."""
    return device_name.startswith(f"{DEVICE_NAME} ")


def endpoint_problems(value: str, model: str) -> tuple[RequestError, ...]:
    """Why that server cannot be asked for that model; empty where it can."""
    try:
        endpoint = find_endpoint(value)
    except RequestError as refused:
        return (refused,)
    if endpoint.models and model not in endpoint.models:
        reason = f"{value} may not be asked for it."
        return (RequestError("model", model, reason, endpoint.models),)
    if endpoint.key is not None and not os.environ.get(endpoint.key.env, "").strip():
        reason = f"its key belongs in the environment variable {endpoint.key.env}, which is empty."
        return (RequestError("endpoint", value, reason),)
    return ()


def _how_to_allow(address: str) -> str:
    return (
        f"the address is not allowed. Allow it in {endpoints_file()} with the lines [NAME] and "
        f'address = "{address}", or in the environment variable {VARIABLE}.'
    )


def _tables() -> dict[str, Any]:
    file = endpoints_file()
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise RequestError("endpoint", str(file), f"it cannot be read: {error}.") from None


def _endpoint(name: str, table: object) -> Endpoint:
    """A table as an endpoint. Refuses a key written into the file without repeating it."""
    file = str(endpoints_file())
    if isinstance(table, dict) and isinstance(table.get("key"), str):
        reason = 'a key does not belong in a file; name its variable: key = { env = "NAME" }.'
        raise RequestError("endpoint", file, f"in [{name}], {reason}")
    try:
        endpoint = Endpoint.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "the table"
        reason = f"in [{name}], {field}: {first['msg']}."
        raise RequestError("endpoint", file, reason) from None
    return endpoint.model_copy(update={"address": normal_address(endpoint.address)})
