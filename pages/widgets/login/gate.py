"""Asks for login before a page draws anything, where secrets.toml has a section `[auth]`.

Streamlit's `st.login` does the OpenID Connect part. Nothing is asked, and nothing of it imported,
without that section. Settings that cannot be understood close the dashboard, never open it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit import config
from streamlit.auth_util import validate_auth_credentials
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError

from pages.widgets.login.admission import Admission, read_admission, refusal

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


@dataclass(frozen=True)
class Settings:
    """The providers that can be asked, and whom to let in of those who come back."""

    providers: Sequence[str]
    rule: Admission | None


def require_login() -> None:
    """Let the page go on where nobody need log in, or an admitted account has; else stop it."""
    try:
        settings = _settings()
    except ValueError as error:
        _stop_misconfigured(str(error))
    if settings is None:
        return
    if st.user.get("is_logged_in") is not True:
        _ask(settings.providers)
    account = st.user.to_dict()
    reason = refusal(account, settings.rule)
    if reason is not None:
        _turn_away(account, reason)
    _draw_account(account)


def is_let_in() -> bool:
    """Whether `require_login` would let a page go on: for what is drawn around the pages."""
    try:
        settings = _settings()
    except ValueError:
        return False
    if settings is None:
        return True
    known = st.user.get("is_logged_in") is True
    return known and refusal(st.user.to_dict(), settings.rule) is None


def _settings() -> Settings | None:
    """What secrets.toml says of login; None where it asks for none.

    Raises ValueError, with what is wrong, for a file or settings that cannot be understood.
    """
    try:
        secrets = st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if any(Path(path).exists() for path in config.get_option("secrets.files")):
            raise ValueError(str(error)) from None
        return None
    if AUTH not in secrets:
        return None
    return Settings(_providers(secrets[AUTH]), read_admission(secrets))


def _providers(section: object) -> list[str]:
    """The names of the providers that can be asked, each with all that it needs."""
    if find_spec("authlib") is None:
        raise ValueError(
            "Login needs the package Authlib, which is not installed: "
            "pip install -r requirements-login.txt, then start the dashboard again."
        )
    if not isinstance(section, Mapping):
        raise ValueError(f"secrets.toml: {AUTH} is no table of settings.")
    named = [name for name, value in section.items() if isinstance(value, Mapping)]
    providers = [name for name in named if name != "client_kwargs"] or ["default"]
    try:
        for provider in providers:
            validate_auth_credentials(provider)
    except StreamlitAuthError as error:
        raise ValueError(" ".join(str(error).split())) from None
    return providers


def _ask(providers: Sequence[str]) -> NoReturn:
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
            help="Opens the login provider's page, which brings you back to what you asked for.",
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
        st.button(
            "Log out",
            key="log_out",
            icon=":material/logout:",
            on_click=st.logout,
            help="Ends this login here and, where the provider can be told, there too.",
        )


def _stop_misconfigured(problem: str) -> NoReturn:
    """Nobody gets in while it is unclear who may."""
    st.title("Login is not set up correctly", anchor=False)
    st.error("Until this is mended, nobody is let in.", icon=":material/lock:")
    st.code(problem, language=None, wrap_lines=True)
    st.stop()
