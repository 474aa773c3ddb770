"""Asks for login before a page draws anything, where secrets.toml has a section `[auth]`.

Streamlit's `st.login` does the OpenID Connect part. Nothing is asked, and nothing of it imported,
without that section. Settings that cannot be understood close the dashboard, never open it.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit import config
from streamlit.auth_util import validate_auth_credentials
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError

from pages.widgets.login.admission import read_admission, refusal

AUTH = "auth"
# Streamlit comes back from the provider to the first page. The tab remembers what was asked for.
REMEMBER = """<script>
sessionStorage.setItem("wanted-before-login", location.pathname + location.search);
</script>"""
GO_BACK = """<script>
const wanted = sessionStorage.getItem("wanted-before-login");
sessionStorage.removeItem("wanted-before-login");
if (wanted && wanted !== location.pathname + location.search) {
  location.replace(location.origin + wanted);
}
</script>"""


def require_login() -> None:
    """Let the page go on where nobody need log in, or an admitted account has; else stop it."""
    secrets = _secrets()
    if AUTH not in secrets:
        return
    providers = _providers(secrets[AUTH])
    try:
        rule = read_admission(secrets)
    except ValueError as error:
        _stop_misconfigured(str(error))
    if st.user.get("is_logged_in") is not True:
        _ask(providers)
    account = st.user.to_dict()
    reason = refusal(account, rule)
    if reason is not None:
        _turn_away(account, reason)
    _draw_account(account)


def _secrets() -> Mapping[str, Any]:
    """All secrets; nothing where there is no file. Stops where a file cannot be read."""
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if any(Path(path).exists() for path in config.get_option("secrets.files")):
            _stop_misconfigured(str(error))
    return {}


def _providers(section: object) -> list[str]:
    """The names of the providers that can be asked, each with all that it needs."""
    if find_spec("authlib") is None:
        _stop_misconfigured(
            "Login needs the package Authlib, which is not installed: "
            "pip install -r requirements-login.txt, then start the dashboard again."
        )
    if not isinstance(section, Mapping):
        _stop_misconfigured(f"secrets.toml: {AUTH} is no table of settings.")
    named = [name for name, value in section.items() if isinstance(value, Mapping)]
    providers = [name for name in named if name != "client_kwargs"] or ["default"]
    try:
        for provider in providers:
            validate_auth_credentials(provider)
    except StreamlitAuthError as error:
        _stop_misconfigured(" ".join(str(error).split()))
    return providers


def _ask(providers: list[str]) -> NoReturn:
    st.title("Log in", anchor=False)
    st.caption("This dashboard asks who you are before it shows anything.")
    for provider in providers:
        name = "" if provider == "default" else f" with {provider}"
        st.button(
            f"Log in{name}",
            key=f"log_in_{provider}",
            type="primary",
            icon=":material/login:",
            on_click=st.login,
            args=(provider,),
        )
    st.html(REMEMBER, unsafe_allow_javascript=True)
    st.stop()


def _turn_away(account: Mapping[str, Any], reason: str) -> NoReturn:
    st.title("Not admitted", anchor=False)
    st.error(reason, icon=":material/block:")
    _draw_account(account)
    st.caption("Log out to use another account, or ask whoever runs this dashboard.")
    st.stop()


def _draw_account(account: Mapping[str, Any]) -> None:
    """Who is logged in, as text that is never read as Markdown, and the way out."""
    who = account.get("email") or account.get("name") or account.get("sub") or "an account"
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="account"
    ):
        st.html(GO_BACK, unsafe_allow_javascript=True, width="content")
        st.text(f"Logged in as {who}", width="content")
        st.button("Log out", key="log_out", icon=":material/logout:", on_click=st.logout)


def _stop_misconfigured(problem: str) -> NoReturn:
    """Nobody gets in while it is unclear who may."""
    st.title("Login is not set up correctly", anchor=False)
    st.error("Until this is mended, nobody is let in.", icon=":material/lock:")
    st.code(problem, language=None, wrap_lines=True)
    st.stop()
