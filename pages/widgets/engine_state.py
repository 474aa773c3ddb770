"""What follows the engine in the session: levers that it has not begin anew, and so does the model
where a server has names of its own. The weights follow the model.
"""

import contextlib
from collections.abc import Mapping

import streamlit as st

from core.errors import RequestError
from core.variants.endpoints import Endpoint
from core.variants.engine import Engine
from core.variants.engine_support import BY_ENGINE, values_with
from core.variants.request import build_spec

MODEL, ENDPOINT, OWN_MODEL = "model", "endpoint", "model_before_a_server"


def choose_engine(field: str, engine: str) -> None:
    """Choose an engine; a model that was chosen before a server's comes back after it."""
    before, chosen = st.session_state[field], Engine(engine)
    st.session_state.update(values_with(chosen, {f: st.session_state[f] for f in BY_ENGINE}))
    st.session_state[field] = engine
    if chosen is Engine.OPENAI and before != Engine.OPENAI:
        st.session_state[OWN_MODEL] = st.session_state[MODEL]
    elif chosen is not Engine.OPENAI and OWN_MODEL in st.session_state:
        st.session_state[MODEL] = st.session_state.pop(OWN_MODEL)


def settle_served(servers: Mapping[str, Endpoint]) -> None:
    """Another server was chosen: the model is its first one, unless it may be asked for this."""
    chosen = st.session_state[ENDPOINT]
    models = next((one.models for one in servers.values() if one.address == chosen), ())
    if models and st.session_state[MODEL] not in models:
        st.session_state[MODEL] = models[0]


def served_names(models: tuple[str, ...]) -> list[str]:
    """The names that a server's model may have, the chosen one among them."""
    return list(dict.fromkeys([*models, str(st.session_state[MODEL])]))


def settle_weights() -> None:
    """Another model was picked: give it the weights that it usually has on this machine."""
    with contextlib.suppress(RequestError):
        source = {"model": st.session_state["model"], "revision": st.session_state["revision"]}
        st.session_state["weights"] = str(build_spec(source).variant.weights)
