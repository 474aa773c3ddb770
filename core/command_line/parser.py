"""An argument parser whose complaints name the flag, its value and what it takes."""

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from core.errors import RequestError


class Parser(argparse.ArgumentParser):
    """Says what is wrong as RequestError does: the flag, and what it takes."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.format_usage()}error: {message}.{_advice(message)}\n")


class FlagsParser(Parser):
    """Of flags within a flag: what is wrong is raised, for whoever knows where they stand."""

    def error(self, message: str) -> NoReturn:
        """Raise RequestError in the name of the flag that the message is about, if it is."""
        named = re.match(r"argument --([\w-]+): ", message)
        reason = f"{message.removeprefix(named.group(0) if named else '')}.{_advice(message)}"
        raise RequestError(named.group(1).replace("-", "_") if named else "flags", "", reason)


def no_such_flag(unknown: Sequence[str], usage: str) -> RequestError:
    """The first of these arguments that a parser did not know; its usage names those it does."""
    flag, _, value = unknown[0].partition("=")
    given = value or " ".join(unknown[1:2])
    known = dict.fromkeys(re.findall(r"--[\w-]+", usage))
    return RequestError(flag, given, "there is no such flag.", known)


def _advice(message: str) -> str:
    """The valid values of the flag that a message of argparse is about."""
    found = re.match(r"argument --([\w-]+)", message)
    field = found.group(1).replace("-", "_") if found else ""
    # Imported here, since what the fields take needs the specs, and most commands do not.
    from core.command_line.flags import flag_of
    from core.variants.request import FIELDS, valid_values

    if field not in FIELDS:
        return ""
    valid = ", ".join(valid_values(field)) or "any text"
    return f" Valid: {valid}. A value that begins with a dash is written {flag_of(field)}=VALUE."
