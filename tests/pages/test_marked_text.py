"""Texts of a model are shown as they are: nothing of them is markup, whatever they say."""

from html.parser import HTMLParser

from pages.widgets.compare.marked_text import marked


class Read(HTMLParser):
    """The tags, and the text that a browser would show, marked or not."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.shown = self.in_marks = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.shown += data
        if self.tags[-1] == "mark":
            self.in_marks += data

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")


def test_only_differing_tokens_are_marked() -> None:
    read = Read(marked([" a", " cat", " sat"], {1}))
    assert read.shown == " a cat sat"
    assert read.in_marks == " cat"


def test_what_looks_like_markup_stays_text() -> None:
    tokens = ["<img src=x onerror=alert(1)>", "</div><script>", "&lt;", '"', "**b**", "$x$"]
    for differing in ([], range(len(tokens))):
        read = Read(marked(tokens, set(differing)))
        assert read.shown == "".join(tokens)
        assert {tag.strip("/") for tag in read.tags} <= {"div", "mark"}


def test_a_line_break_that_differs_is_visible() -> None:
    assert Read(marked(["\n"], {0})).in_marks == "⏎\n"
    assert Read(marked(["\n"], {})).shown == "\n"
