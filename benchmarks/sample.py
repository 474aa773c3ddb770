"""`python -m benchmarks.sample`: the sample data, written anew from this person's history.

Measure into an empty data folder first, while the machine is quiet (`TRADEOFFS_HOME=…`), and delete
what should not be shown. Each run gets the tag `sample`, and the machine's name is left out of it.
"""

import json
from collections.abc import Iterator
from typing import Any

from core.results import archive
from core.results.history import History
from core.results.sample import SHIPPED

HOST = "sample machine"
TAG = "sample"


def lines(history: History) -> Iterator[str]:
    """The history's archive, each run marked, and all of it without the machine's name."""
    for line in archive.written(history):
        ((kind, content),) = json.loads(line, object_hook=_without_host).items()
        yield archive.line(kind, _marked(content) if kind == archive.RUN else content)


def _without_host(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "host_name": HOST} if content.get("host_name") else content


def _marked(run: dict[str, Any]) -> dict[str, Any]:
    return {**run, "tags": [TAG, *run["tags"]]}


if __name__ == "__main__":
    SHIPPED.write_text("".join(lines(History())), encoding="utf-8")
    print(f"wrote {SHIPPED}")
