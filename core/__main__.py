"""`python -m core run|models|environment|history`: the dashboard's work from a shell.

Exit status 0: done; 1: the run failed; 2: the request was wrong; 130: interrupted.
"""

import sys
from collections.abc import Sequence

from core.command_line.arguments import make_parser
from core.errors import RequestError, TradeoffsError

FAILED, WRONG_REQUEST, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status; errors go to stderr, in words."""
    chosen = make_parser().parse_args(arguments)
    try:
        status: int = chosen.command(chosen)
    except RequestError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_REQUEST
    except TradeoffsError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
