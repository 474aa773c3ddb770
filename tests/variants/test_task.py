"""A person's own task: what is a CSV, what is a text, and what is refused."""

import pytest

from core.errors import RequestError
from core.variants.request import build_spec, problems
from core.variants.task import (
    LONGEST_TASK,
    MOST_QUESTIONS,
    AnswerTask,
    Match,
    Question,
    TextTask,
    parse_task,
    unscorable,
)
from tests.samples import an_environment


def questions(content: str) -> tuple[Question, ...]:
    task = parse_task(content)
    assert isinstance(task, AnswerTask)
    return task.questions


def refused(content: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        parse_task(content)
    assert caught.value.field == "task"
    return caught.value


def test_rows_have_a_prompt_an_answer_and_a_match() -> None:
    content = 'prompt,expected,match\n"2, 4,",6,exact\nParis is in,France,\nsay x,^x+$,REGEX\n'
    assert questions(content) == (
        Question(2, "2, 4,", "6", Match.EXACT),
        Question(3, "Paris is in", "France", Match.CONTAINS),
        Question(4, "say x", "^x+$", Match.REGEX),
    )


@pytest.mark.parametrize(
    "content",
    [
        "prompt,expected\na,b",
        "Expected,Prompt\nb,a",
        "\ufeffprompt,expected\r\na,b\r\n",
        '"prompt", "expected"\n"a", "b"',
        "prompt;expected\na;b",
        "prompt\texpected\na\tb",
        "\n\nprompt,expected,match\n\na,b\n,,\n\n",
    ],
)
def test_spreadsheets_write_the_same_in_many_ways(content: str) -> None:
    (question,) = questions(content)
    assert (question.prompt, question.expected, question.match) == ("a", "b", Match.CONTAINS)


def test_a_quoted_cell_may_have_line_breaks_and_quotes() -> None:
    (question,) = questions('prompt,expected\n"one\n""two"",",b')
    assert question.prompt == 'one\n"two",'


@pytest.mark.parametrize(
    "text",
    [
        "Once upon a time",
        "question,answer\n1+1,2",
        "Be prompt, and expected things happen,\nshe said.",
        "prompt\nexpected",
    ],
)
def test_anything_else_is_a_text(text: str) -> None:
    assert parse_task(f"  {text}\n") == TextTask(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("prompt,answer\na,b", "'answer'"),
        ("prompt,match\na,exact", "no column 'expected'"),
        ("prompt,expected,prompt\na,b,c", "twice"),
        ("prompt,expected", "no rows"),
        ("prompt,expected\na,b\nc", "row 3 (the header is row 1): expected is empty"),
        ("prompt,expected\n ,b", "row 2 (the header is row 1): prompt is empty"),
        ("prompt,expected\na,b,c", "row 2 (the header is row 1): it has 3 cells"),
        ("prompt,expected,match\na,b,exact\nc,d,fuzzy", "row 3"),
        ("prompt,expected,match\na,(b,regex", "row 2"),
        ("prompt,expected,match\na," + "(" * 5000 + ",regex", "row 2"),
        ('prompt,expected\na,b\n"c,d', "row 3 (the header is row 1): it is no CSV"),
        ("prompt,expected\n" + "a,b\n" * (MOST_QUESTIONS + 1), "more than 1,000 rows"),
        ("x" * (LONGEST_TASK + 1), "1,000,000 characters"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_its_row(content: str, words: str) -> None:
    assert words in refused(content).reason


def test_refusals_name_the_valid_values() -> None:
    assert refused("prompt,expected,match\na,b,fuzzy").valid == ("exact", "contains", "regex")
    assert "match (optional)" in refused("prompt,expected,score\na,b,1").valid


def test_as_many_rows_as_allowed_are_read() -> None:
    content = "prompt,expected\n" + "a,b\n" * MOST_QUESTIONS
    assert len(questions(content)) == MOST_QUESTIONS


def test_a_prompt_beyond_the_context_is_refused_and_short_ones_are_not_counted() -> None:
    content = f"prompt,expected\nshort,a\n{'long ' * 20},b"
    (problem,) = unscorable(content, lambda text: len(text.split()), 8, context=25)
    assert "row 3" in problem.reason
    assert "20 tokens" in problem.reason
    assert list(unscorable(content, lambda text: len(text.split()), 5, context=25)) == []
    assert list(unscorable(content, lambda _: None, 8, context=25)) == []
    assert list(unscorable(content, lambda _: pytest.fail("it fits"), 8, context=1000)) == []


def test_a_text_of_one_token_has_nothing_to_tell() -> None:
    assert [p.field for p in unscorable("hello", lambda _: 1, 8, 100)] == ["task"]
    assert list(unscorable("hello you", lambda _: 2, 8, 100)) == []


def test_a_workload_takes_a_task_without_what_says_nothing() -> None:
    spec = build_spec({"task": "\ufeffprompt,expected\r\na,b\r\n\r\n"})
    assert spec.workload.task == "prompt,expected\na,b"
    assert build_spec({"task": "prompt,expected\na,b"}) == spec
    assert build_spec({}).workload.task is None


@pytest.mark.parametrize("content", ["", "prompt,expected\na,", "x" * (LONGEST_TASK + 1), 5])
def test_a_workload_refuses_a_bad_task(content: object) -> None:
    with pytest.raises(RequestError) as caught:
        build_spec({"task": content})
    assert caught.value.field == "task"


@pytest.mark.usefixtures("bundled_model")
def test_a_row_is_counted_in_tokens_before_the_run() -> None:
    here = an_environment()
    fits, long = (f"prompt,expected\na,b\n{'word ' * count},b" for count in (8000, 8300))
    assert problems(build_spec({"task": fits}), here) == ()
    (problem,) = problems(build_spec({"task": long}), here)
    assert (problem.field, "row 3" in problem.reason) == ("task", True)
