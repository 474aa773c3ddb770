"""The engines as a person meets them: which are there, in which version, how to get the others."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import RequestError
from core.home import endpoints_file
from core.variants.endpoints import VARIABLE, Endpoint, configured_endpoints
from core.variants.engine import ENGINES, Engine, engine_packages
from core.variants.engine_support import support
from core.variants.environment import Device, Environment
from core.variants.support import Support

EXAMPLE_LINES = '[lab]\naddress = "http://127.0.0.1:8000/v1"'


@dataclass(frozen=True)
class EngineOffer:
    """An engine: whether it can be used and if not why not, the versions of what is there of it,
    and the command that sets up its own environment, None where it has none.
    """

    engine: Engine
    support: Support
    versions: Mapping[str, str]
    command: str | None

    @property
    def label(self) -> str:
        """Its name."""
        return ENGINES[self.engine].label

    @property
    def summary(self) -> str:
        """What it is for."""
        return ENGINES[self.engine].summary


def engine_offers(environment: Environment, device: Device) -> tuple[EngineOffer, ...]:
    """All engines, each judged on that device; a server must be allowed to count as there."""
    return tuple(_offer(engine, environment, device) for engine in Engine)


def allowed_servers() -> tuple[Mapping[str, Endpoint], str | None]:
    """The servers that may be asked, by name, and what is wrong with the configuration if it
    cannot be read.
    """
    try:
        return configured_endpoints(), None
    except RequestError as error:
        return {}, str(error)


def how_to_allow() -> str:
    """Where the address of a server is allowed; the lines are EXAMPLE_LINES."""
    return (
        f"A server is asked only where its address is allowed: with such lines in "
        f"{endpoints_file()}, or in the environment variable {VARIABLE}."
    )


def _offer(engine: Engine, environment: Environment, device: Device) -> EngineOffer:
    row = ENGINES[engine]
    return EngineOffer(
        engine,
        _served() if engine is Engine.OPENAI else support(engine, environment, device),
        _versions(engine, environment),
        f"make engine {engine}" if row.own_environment else None,
    )


def _served() -> Support:
    servers, fault = allowed_servers()
    if servers:
        return Support()
    return Support(fault or "No server is allowed yet.", None if fault else how_to_allow())


def _versions(engine: Engine, environment: Environment) -> dict[str, str]:
    state = environment.engines.get(engine)
    known = state.packages if state else environment.packages
    return {name: known[name] for name in engine_packages(engine) if name in known}
