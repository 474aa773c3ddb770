"""How it was measured: the parts of docs/method.md that a report needs, as HTML."""

from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

METHOD = Path(__file__).parents[2] / "docs" / "method.md"
HEADING = "### "
ALWAYS = (
    "In which order", "How numbers are made", "What a month costs", "Quality",
    "What it does not say",
)  # fmt: skip
IN_TURNS = "Two variants in turns"
RANDOM = "What random weights are good for"


def method_html(in_turns: bool, random_weights: bool) -> Markup:
    """The parts on measuring and on its limits, and what else this report needs. HTML in the text
    is shown as it stands.
    """
    wanted = [*ALWAYS[:-1], *([IN_TURNS] if in_turns else [])]
    wanted += [*([RANDOM] if random_weights else []), ALWAYS[-1]]
    text = "\n".join(f"{HEADING}{title}\n{body}" for title, body in _parts(wanted))
    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def _parts(wanted: Sequence[str]) -> list[tuple[str, str]]:
    """Title and text of each; raises KeyError where the method has no part of that title."""
    parts = f"\n{METHOD.read_text(encoding='utf-8')}".split(f"\n{HEADING}")
    bodies = {title.strip(): body for title, _, body in (part.partition("\n") for part in parts)}
    return [(title, bodies[title]) for title in wanted]
