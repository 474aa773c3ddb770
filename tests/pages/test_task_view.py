"""The score of a person's own task, and its answers as they came."""

import pytest
from streamlit.testing.v1 import AppTest

from core.results.measured import Answer, TaskKind, TaskScore
from core.variants.task import Match
from pages.widgets.task_view import score_sentence

ANSWERS = (
    Answer(
        row=2,
        prompt="![x](http://example.org/x.png)",
        expected="Paris",
        match=Match.CONTAINS,
        answer=" Paris",
        correct=True,
    ),
    Answer(
        row=3,
        prompt="Say a",
        expected="(a+)+b",
        match=Match.REGEX,
        answer="aaaa",
        correct=False,
        problem="the pattern was still searching after 5 s",
    ),
)
ANSWERED = TaskScore(
    kind=TaskKind.ANSWERS, accuracy=0.5, items=2, correct=1, seconds=1.5, answers=ANSWERS
)
READ = TaskScore(
    kind=TaskKind.TEXT,
    accuracy=0.4,
    items=1000,
    correct=400,
    perplexity=16.42,
    bits_per_byte=1.0794,
    seconds=3.0,
)


def drawn(score: TaskScore | None) -> AppTest:
    """A page with that score alone."""

    def page(score: object) -> None:
        from pages.widgets.task_view import draw_task
        from tests.samples import a_result

        draw_task(a_result(task=score))

    made = AppTest.from_function(page, kwargs={"score": score}).run()
    assert not made.exception
    return made


def test_the_score_of_answers_says_how_many_are_right() -> None:
    assert score_sentence(ANSWERED) == (
        "1 of 2 answers are right (50.0%), in 1.50 s, outside the timed part."
    )


def test_the_score_of_a_text_says_what_each_token_cost() -> None:
    sentence = score_sentence(READ)
    assert "400 of 1,000 next tokens" in sentence
    assert "perplexity 16.42, bits per byte 1.079" in sentence


def test_what_is_unknown_is_a_dash() -> None:
    unknown = READ.model_copy(update={"perplexity": None, "bits_per_byte": None})
    assert "perplexity –, bits per byte –" in score_sentence(unknown)


def test_answers_stand_in_a_table_that_is_no_markdown() -> None:
    page = drawn(ANSWERED)
    (table,) = page.dataframe
    assert table.value["Prompt"].tolist() == [answer.prompt for answer in ANSWERS]
    assert table.value["Right"].tolist() == ["✓", "✗"]
    assert not [part for part in page.markdown if "example.org" in str(part.value)]
    assert "Row 3 counts as wrong" in page.caption[0].value


@pytest.mark.parametrize(("score", "tables"), [(READ, 0), (None, 0), (ANSWERED, 1)])
def test_there_is_a_table_only_where_there_are_answers(
    score: TaskScore | None, tables: int
) -> None:
    assert len(drawn(score).dataframe) == tables


def test_a_run_without_a_task_draws_nothing() -> None:
    assert not drawn(None).markdown
