"""The report: all of it in one file, nothing of it fetched, nothing in it believed to be HTML."""

import datetime
import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from plotly.offline import get_plotlyjs

from core.analysis.savings.saving import savings_of
from core.analysis.savings.terms import Payment, Terms
from core.report import tables
from core.report.method import ALWAYS, method_html
from core.report.origins import link, reproduction
from core.report.report import Reported, report_html
from core.results.types import RunResult
from tests.sample_pairs import a_pair
from tests.samples import a_result, a_spec, output_of

DAY = datetime.date(2026, 11, 30)
TODAY = a_result("run-a", a_spec(), e2e_s=2.0)
FAST = a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0)
HOSTILE = '</script><script>alert(1)</script><img src="http://evil.example/x.png"> {{ 7*7 }} & “'
SECTIONS = (
    "headline", "assumptions", "caveats", "differs", "plots", "numbers", "texts", "environment",
    "reproduce", "method", "definitions",
)  # fmt: skip
LOADING = ("src", "srcset", "href", "poster", "data", "action", "background", "xlink:href")


class Page(HTMLParser):
    """The elements of a document, and the text outside of scripts and styles."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._within = ""
        self.feed(document.replace(get_plotlyjs(), ""))  # millions of letters, and known

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = tag

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def made(
    today: RunResult = TODAY,
    then: RunResult | None = FAST,
    terms: Terms | None = None,
    note: str = "",
) -> str:
    other = Reported(then) if then else None
    return report_html(Reported(today, note), other, terms or Terms(), DAY)


@pytest.fixture(scope="module")
def document() -> str:
    return made()


def test_nothing_names_a_place_to_load_from(document: str) -> None:
    page = Page(document)
    loaded = [
        (tag, name, value)
        for tag, attributes in page.elements
        for name, value in attributes.items()
        if name in LOADING and value not in ("data:,",)
    ]
    assert loaded == []
    assert not re.search(
        r"@import|url\(", document.partition("<style>")[2].partition("</style>")[0]
    )
    (policy,) = [meta for meta in page.of("meta") if "http-equiv" in meta]
    assert (policy["content"] or "").startswith("default-src 'none'; script-src 'unsafe-inline'")
    assert "http" not in (policy["content"] or "")


def test_plotly_stands_in_it_once(document: str) -> None:
    assert document.count("* plotly.js v") == 1
    assert 'plotlyServerURL: ""' in document
    assert "showLink: false" in document


def test_it_has_all_its_sections_with_headings_in_order(document: str) -> None:
    page = Page(document)
    assert [section["aria-labelledby"] for section in page.of("section")] == [*SECTIONS]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.of("html")[0]["lang"] == "en"
    assert all(cell.get("scope") for cell in page.of("th"))


def test_it_tells_what_the_view_tells(document: str) -> None:
    text = Page(document).text
    for words in (
        "Saves per month", "$28.00", "2.00× as fast", "2.0 % worse", "1,000,000",
        "m7i.large, per vCPU × 2, 2025-06, https://aws.amazon.com", "python -m core run",
        "python -m core report --from run-a --to run-b", "/present?from=run-a&to=run-b",
        "Example CPU @ 2.00GHz", "0123abc", "Warm-up runs", "2026-11-30",
    ):  # fmt: skip
        assert words in text


def test_each_plot_has_words_and_a_figure_that_can_be_read(document: str) -> None:
    page = Page(document)
    plots = [div for div in page.of("div") if div.get("class") == "plot"]
    assert len(plots) >= 5
    assert all(plot["role"] == "img" and len(plot["aria-label"] or "") > 20 for plot in plots)
    figures = re.findall(r'class="figure" data-plot="(.*?)">(.*?)</script>', document, re.DOTALL)
    assert [plot["id"] for plot in plots] == [name for name, _ in figures]
    for _, figure in figures:
        assert set(json.loads(figure)) >= {"data", "layout"}


def test_texts_from_outside_are_texts() -> None:
    spec = a_spec(model="gpt2", weights="trained", prompt=HOSTILE)
    run = a_result("run-a", spec, output=output_of(spec).model_copy(update={"text": HOSTILE}))
    machine = run.environment.model_copy(update={"device_name": HOSTILE, "platform": HOSTILE})
    document = made(run.model_copy(update={"environment": machine}), None, note=HOSTILE)
    page, plain = Page(document), Page(made(TODAY, None))
    assert page.text.count(HOSTILE) >= 4
    assert len(page.of("script")) == len(plain.of("script"))
    assert page.of("img") == []
    assert "alert(1)</script>" not in document
    assert "49" not in re.findall(r"evil.example/x.png\S* (\S+)", page.text)


def test_a_hostile_folder_as_a_model_is_a_text() -> None:
    variant = TODAY.spec.variant.model_copy(update={"model": f"/models/{HOSTILE}"})
    run = TODAY.model_copy(update={"spec": TODAY.spec.model_copy(update={"variant": variant})})
    document = made(run, None)
    assert Page(document).of("img") == []
    assert "<script>alert" not in document


def test_the_same_gives_the_same(document: str) -> None:
    assert made() == document


def test_a_pair_shows_its_pairs_and_how_to_repeat_it() -> None:
    a, b = a_pair(b_over_a=0.8)
    page = Page(made(b, a))
    assert "Pair by pair" in page.text
    assert "A is the other, B today" in page.text
    assert "python -m core compare" in page.text
    assert "Two variants in turns" in page.text


def test_a_single_run_is_of_its_cost() -> None:
    page = Page(made(TODAY, None))
    assert "Costs per month" in page.text
    assert "In what the two differ" not in page.text
    assert "What fp32 · sdpa costs" in page.text


def test_random_weights_are_named_and_write_nothing() -> None:
    run = a_result("run-a", a_spec(model="gpt2", weights="random"))
    page = Page(made(run, None))
    assert "What random weights are good for" in page.text
    assert "it wrote" not in page.text


def test_what_cannot_be_told_is_no_number() -> None:
    close = a_result("run-b", a_spec(precision="fp16"), e2e_s=1.97)
    assert "No saving can be told" in Page(made(TODAY, close)).text


def test_the_method_has_each_part_that_is_asked_for() -> None:
    html = method_html(in_turns=True, random_weights=True)
    for title in (*ALWAYS, "Two variants in turns", "What random weights are good for"):
        assert f"<h3>{title}</h3>" in html
    assert "<script" not in html


def test_the_link_has_what_is_not_as_usual() -> None:
    savings = savings_of(TODAY, FAST, Terms(5, Payment.ALL_MONTH, 0.5, 2.25))
    assert link(savings) == (
        "from=run-a&to=run-b&requests=5&paid=all-month&utilisation=0.5&price=2.25"
    )
    assert link(savings_of(TODAY, None, Terms())) == "from=run-a&to=none&requests=1000000"
    texts = {listing.heading: listing.text for listing in reproduction(savings)}
    assert "--paid=all-month --utilisation=0.5 --price-per-hour=2.25" in texts["This report"]


def test_the_tables_have_cells_for_each_column() -> None:
    savings = savings_of(TODAY, FAST, Terms())
    for make in (tables.assumptions, tables.month, tables.saving, tables.settings, tables.numbers,
                 tables.doubts_table):  # fmt: skip
        table = make(savings)
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.header)}


def test_a_report_of_sample_data_says_so_and_names_no_command_that_lacks_them() -> None:
    said = "measured on <b>a</b>, 1 May 2026, with torch 1; not on this machine."
    page = Page(report_html(Reported(TODAY), Reported(FAST), Terms(), DAY, said))
    assert f"Sample data: {said}" in " ".join(page.text.split())
    assert "core report" not in page.text
    assert "/present?sample=1&from=run-a&to=run-b" in page.text
    assert "Sample data" not in Page(made()).text
