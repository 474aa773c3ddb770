"""`python -m benchmarks.interaction_figures [NOTE]`: the newest interactions, as a table.

Reads `latest.json`, as `python -m benchmarks interactions` leaves it, and writes
docs/measurements.md anew between two marks. The note says what else went on.
"""

import json
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.rows import LATEST

PAGE = Path(__file__).parents[1] / "docs" / "measurements.md"
BEGIN, END = "<!-- interactions -->", "<!-- end of interactions -->"
COLUMNS = "| movement | median ms | most ms | one line ms | ratio | server ms | browser ms |"


def section(document: dict[str, Any], note: str) -> str:
    """When and where it was measured, a line for each movement, the failures, and memory."""
    rows = document["rows"]
    day = datetime.fromisoformat(document["measured_at"]).strftime("%d %B %Y").lstrip("0")
    told = [row for row in rows if "plain_ms" in row["detail"]]
    failed = [row for row in rows if "error" in row["detail"]]
    memory = [row["detail"] for row in rows if "grown_mb" in row["detail"]]
    return "\n".join(
        [
            f"Measured on {day} with Streamlit {version('streamlit')} and Chromium. {note}".strip(),
            "",
            COLUMNS,
            "|---" * COLUMNS.count(" | ") + "|---|",
            *map(_line, told),
            "",
            *(f"Not shown: {row['what']} ({row['detail']['error']})." for row in failed),
            *(_memory(detail) for detail in memory),
        ]
    )


def _line(row: dict[str, Any]) -> str:
    detail = row["detail"]
    cells = [detail[key] for key in ("median", "max", "plain_ms")]
    ratio = detail["median"] / detail["plain_ms"]
    spent = [detail["server_ms"], detail["browser_ms"]]
    texts = [*(f"{ms:.0f}" for ms in cells), f"{ratio:.1f}", *(f"{ms:.0f}" for ms in spent)]
    return f"| {row['what'].rpartition(' / ')[0]} | {' | '.join(texts)} |"


def _memory(detail: dict[str, Any]) -> str:
    grown = detail["grown_mb"]
    return (
        f"The server's memory was {grown[0]} MB at first, {grown[-1]} MB after all of these, and "
        f"{detail['after_mb']:.0f} MB after 50 more."
    )


def main() -> None:
    """Write the section."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = section(json.loads(LATEST.read_text(encoding="utf-8")), " ".join(sys.argv[1:]))
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
