"""The engines as a list: which are there, what each is for, and the command that gets it."""

import streamlit as st

from core.variants.endpoints import Endpoint
from core.variants.engine import ENGINES, Engine
from core.variants.engine_offer import (
    EXAMPLE_LINES,
    EngineOffer,
    allowed_servers,
    engine_offers,
    how_to_allow,
)
from core.variants.environment import Device, Environment
from pages.widgets.layout import escape

THERE = ":green-badge[:material/check: there]"
MISSING = ":gray-badge[:material/download: not there]"


def draw_engines(environment: Environment, device: Device) -> None:
    """Every engine of this program, the ones that are there with their versions."""
    for offer in engine_offers(environment, device):
        with st.container(gap="xxsmall"):
            badge = THERE if offer.support.usable else MISSING
            st.markdown(f"**{offer.label}** {badge} :small[{escape(_versions(offer))}]")
            st.caption(escape(offer.summary))
            _how(offer)


def draw_how_to_get(offer: EngineOffer) -> None:
    """Why an engine is not there, and the command or the lines that change it."""
    if offer.support.reason:
        st.caption(f":material/block: {escape(offer.support.reason)}")
    if offer.command:
        st.code(offer.command, language="bash")
    elif offer.engine is Engine.OPENAI:
        draw_how_to_allow()


def draw_how_to_allow() -> None:
    """Where the address of a server is allowed, with lines to copy."""
    st.caption(escape(how_to_allow()))
    st.code(EXAMPLE_LINES, language="toml")


def _how(offer: EngineOffer) -> None:
    if not offer.support.usable:
        draw_how_to_get(offer)
    elif offer.engine is Engine.OPENAI:
        servers, _ = allowed_servers()
        for name, server in servers.items():
            st.caption(f":material/dns: {escape(server_words(name, server))}")


def server_words(name: str, server: Endpoint) -> str:
    """A server's name and address, or the address alone where that is its name."""
    return server.address if name in ("", server.address) else f"{name}: {server.address}"


def _versions(offer: EngineOffer) -> str:
    return ", ".join(f"{name} {version}" for name, version in offer.versions.items())


def not_levers_words(engine: Engine, labels: dict[str, str]) -> list[str]:
    """What the engine lacks as levers, those with the same reason together, with the reason."""
    by_reason: dict[str, list[str]] = {}
    for field, reason in ENGINES[engine].lacks.items():
        by_reason.setdefault(reason, []).append(labels[field])
    return [
        f"{', '.join(dict.fromkeys(names))}: {ENGINES[engine].label} {reason}"
        for reason, names in by_reason.items()
    ]
