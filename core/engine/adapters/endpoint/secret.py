"""A server's key: read from the environment, sent in one header, and kept out of everything else.

A server may send it back, whole or in part, in an error or in an answer. So every text that came
from a server passes through `hide` before anybody sees it.
"""

import os
import re
from types import TracebackType

from core.errors import LoadFailed, RequestError, RunError
from core.variants.endpoints import Endpoint

HIDDEN = "[key]"
LEAST_SECRET = 4
TELLING = 6


class Secret:
    """The key of an endpoint, or none; its text is in no repr and in no error."""

    def __init__(self, value: str = "") -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN if self._value else ''})"

    @property
    def headers(self) -> dict[str, str]:
        """What to send with each request."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def hide(self, text: str) -> str:
        """The text without the key, and without words that hold a telling part of it."""
        if len(self._value) < LEAST_SECRET:
            return text
        text = text.replace(self._value, HIDDEN)
        return re.sub(r"\S+", lambda word: HIDDEN if self._tells(word[0]) else word[0], text)

    def _tells(self, word: str) -> bool:
        if word == HIDDEN or len(word) < TELLING:
            return False
        return any(word[i : i + TELLING] in self._value for i in range(len(word) - TELLING + 1))


class Kept:
    """A block that raises what it raises without the key in its text, and with no other error
    behind it; an error that was not foreseen becomes a RunError.
    """

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, RunError):
            error.args = (self._secret.hide(str(error)),)
            raise error from None
        if isinstance(error, Exception) and not isinstance(error, RequestError):
            text = self._secret.hide(f"{type(error).__name__}: {error}")
            raise RunError(text) from None


def secret_of(endpoint: Endpoint) -> Secret:
    """The endpoint's key. Raises LoadFailed where it is missing, or cannot be sent in a header."""
    if endpoint.key is None:
        return Secret()
    name = endpoint.key.env
    value = os.environ.get(name, "").strip()
    if not value:
        raise LoadFailed(f"The server's key belongs in the environment variable {name}: empty.")
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise LoadFailed(f"The key in {name} has characters that no key has, such as spaces.")
    return Secret(value)
