"""What is wrong with a PostgreSQL database, in one clause and without its password."""

from collections.abc import Collection

from sqlalchemy.exc import TimeoutError as NoConnectionFree

REASONS = {
    "08": "the connection to the server was lost",
    "25006": "it is read-only",
    "42P01": "its tables are gone",
    "42501": "access is denied: {text}",
    "53100": "the server's disk is full",
    "53200": "the server is out of memory",
    "53300": "the server has too many connections",
    "54": "it is too long for the server: {text}",
    "55P03": "another program keeps it locked",
    "57014": "the server took too long",
    "57P03": "the server is starting or shutting down",
    "57P": "the server ended the connection",
    "XX00": "its files are damaged: {text}",
}
"""By the beginning of the SQLSTATE (PostgreSQL's appendix A); the longest that fits counts."""
HIDDEN = "•••"
ASIDE = "Is the server running"  # the driver's question to the reader, after what it knows


def reason(error: BaseException, secrets: Collection[str]) -> str:
    """One clause that says what is wrong; none of the secrets stands in it."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, NoConnectionFree):
        return "too many wait for one of this program's connections to it"
    text = " ".join(str(cause).partition(ASIDE)[0].split()).rstrip(".")
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    state = getattr(cause, "sqlstate", None) or ""
    fitting = [beginning for beginning in REASONS if state.startswith(beginning)]
    return REASONS[max(fitting, key=len)].format(text=text) if fitting else text
