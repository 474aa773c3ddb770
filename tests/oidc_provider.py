"""A small OpenID Connect provider: a page with a link for each account, codes, signed tokens.

It checks what a provider must: the client and its secret, the redirect address, PKCE, and that a
code is used once. Its accounts are what it puts into the ID token.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "lab", "a-secret-of-the-client"
Claims = Mapping[str, object]


class Provider(ThreadingHTTPServer):
    """The server; `accounts` by the name that stands on the link."""

    def __init__(self, accounts: Mapping[str, Claims]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accounts = accounts
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})
        self.asked: dict[str, tuple[str, dict[str, str]]] = {}
        self.logged_out = 0

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def secrets_toml(self, dashboard: str, admission: str = "") -> str:
        """What the dashboard's secrets.toml must say."""
        return (
            f'[auth]\nredirect_uri = "{dashboard}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_hex(32)}"\n'
            f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
            f'server_metadata_url = "{self.url}/.well-known/openid-configuration"\n{admission}'
        )


@contextmanager
def running(accounts: Mapping[str, Claims]) -> Iterator[Provider]:
    """The provider, answering until the end of the block."""
    provider = Provider(accounts)
    thread = threading.Thread(target=provider.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        match address.path:
            case "/.well-known/openid-configuration":
                self._json(self._metadata())
            case "/jwks":
                self._json({"keys": [self.server.key.as_dict(private=False)]})
            case "/authorize":
                self._choose_account(query)
            case "/chosen":
                self._back_with_code(query)
            case "/end":
                self.server.logged_out += 1
                self._redirect(query["post_logout_redirect_uri"])
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode())
        asked = self.server.asked.pop(form.get("code", [""])[0], None)
        if asked is None or not self._is_the_client() or not _has_verifier(asked[1], form):
            self.send_error(400)
            return
        self._json(self._tokens(*asked))

    def _metadata(self) -> dict[str, object]:
        url = self.server.url
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "end_session_endpoint": f"{url}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _choose_account(self, query: dict[str, str]) -> None:
        links = "".join(
            f'<p><a href="/chosen?{urlencode({**query, "account": name})}">{name}</a></p>'
            for name in self.server.accounts
        )
        self._answer(f"<!doctype html><title>Provider</title>{links}".encode(), "text/html")

    def _back_with_code(self, query: dict[str, str]) -> None:
        code = secrets.token_urlsafe(16)
        self.server.asked[code] = (query["account"], query)
        back = urlencode({"code": code, "state": query["state"]})
        self._redirect(f"{query['redirect_uri']}?{back}")

    def _tokens(self, account: str, query: dict[str, str]) -> dict[str, object]:
        now = int(time.time())
        claims = {
            "iss": self.server.url,
            "aud": query["client_id"],
            "iat": now,
            "exp": now + 600,
            "nonce": query["nonce"],
            "sub": account,
            **self.server.accounts[account],
        }
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.server.key)
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def _is_the_client(self) -> bool:
        given = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        return self.headers["Authorization"] == f"Basic {given}"

    def _json(self, document: Mapping[str, object]) -> None:
        self._answer(json.dumps(document).encode(), "application/json")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _has_verifier(query: dict[str, str], form: dict[str, list[str]]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", [""])[0].encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == query.get("code_challenge")
