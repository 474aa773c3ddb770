"""`python -m core run|models|environment|history`: the dashboard's work from a shell.

Exit status 0: done; 1: the run failed; 2: the request was wrong; 130: interrupted.
"""

import os
import sys
from collections.abc import Sequence

from core.command_line.arguments import parse
from core.command_line.output import say
from core.errors import RequestError, TradeoffsError

FAILED, WRONG_REQUEST, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status; errors go to stderr, in words."""
    try:
        chosen = parse(arguments)
        status: int = chosen.command(chosen)
        sys.stdout.flush()
    except RequestError as error:
        say(f"error: {error}")
        return WRONG_REQUEST
    except TradeoffsError as error:
        say(f"error: {error}")
        return FAILED
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except OSError as error:
        return _broken_output(error)
    return status


def _broken_output(error: OSError) -> int:
    """A full disk behind stdout, or a reader that has gone; without words where it has read what
    it wanted. What is left in the buffer goes nowhere, or Python complains again at its end.
    """
    if not isinstance(error, BrokenPipeError):
        say(f"error: {error}")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return FAILED


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())
