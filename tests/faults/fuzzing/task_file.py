"""A person's own task: a text, or a CSV of questions, or refused by its row."""

from contextlib import suppress

from core.errors import RequestError
from core.variants.task import parse_task, unscorable
from tests.faults.fuzzing.target import Target

SEEDS = (
    b"prompt,expected,match\nThe sky is,blue,exact\n2+2=,^4,regex\n",
    b'prompt;expected\n"a;b";c\n"two\nlines";d\n',
    b"\xef\xbb\xbfExpected\tPrompt\nx\ty\n",
    b"Any text at all, which is read and not asked.",
)
WORDS = (
    "prompt",
    "expected",
    "match",
    "regex",
    "contains",
    "exact",
    "(?i)",
    "(?P<a>",
    "[[:",
    "{9}",
)


def feed(data: bytes) -> None:
    """Parse it as it is typed or read from a file, and ask what a small context cannot hold."""
    text = data.decode("utf-8-sig", "replace")
    with suppress(RequestError):
        parse_task(text)
        _ = [*unscorable(text, len, 4, 64)]


TARGET = Target("task_file", feed, SEEDS, WORDS, soak_runs=320_000)
