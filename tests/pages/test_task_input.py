"""Where a task is given: typed or from a file, and what is wrong with it under it."""

from collections.abc import Mapping

from streamlit.testing.v1 import AppTest

CSV = "prompt,expected\nOne plus one is,two"


def page(session: Mapping[str, str] | None = None) -> AppTest:
    """A page with the task's input alone, between the state and the checks of Explore."""

    def script() -> None:
        from pages.widgets import state
        from pages.widgets.controls import check
        from pages.widgets.task_input import draw_task_input
        from tests.samples import an_environment

        state.start_controls({})
        draw_task_input(check(state.chosen(), an_environment()))

    made = AppTest.from_function(script)
    for key, value in (session or {}).items():
        made.session_state[key] = value
    return made.run()


def typed(text: str) -> AppTest:
    made = page()
    made.text_area(key="task").set_value(text).run()
    assert not made.exception
    return made


def captions(made: AppTest) -> str:
    return "\n".join(str(part.value) for part in made.caption)


def wrong(made: AppTest) -> str:
    return "\n".join(str(part.value) for part in made.markdown).replace("\\", "")


def test_it_is_empty_and_closed_at_first() -> None:
    made = page()
    assert made.text_area(key="task").value == ""
    assert not made.expander[0].proto.expanded
    assert (captions(made), wrong(made)) == ("", "")


def test_a_csv_is_counted_and_a_text_measured() -> None:
    assert captions(typed(CSV)) == "1 question with expected answers."
    assert captions(typed("Once upon a time")) == "A text of 16 characters."
    assert captions(typed("  \n ")) == ""


def test_what_is_wrong_stands_under_it_with_the_row() -> None:
    made = typed("prompt,expected,match\na,b,fuzzy")
    assert "row 2" in wrong(made)
    assert "Valid: exact, contains, regex" in wrong(made)
    assert made.expander[0].proto.expanded


def test_a_file_takes_the_place_of_what_was_typed() -> None:
    made = typed("something else")
    upload = ("task.csv", b"\xef\xbb\xbf" + CSV.encode(), "text/csv")
    made.file_uploader(key="task_file").set_value(upload).run()
    assert not made.exception
    assert made.text_area(key="task").value == CSV
    assert captions(made) == "1 question with expected answers."


def test_a_file_that_is_no_text_is_refused_and_changes_nothing() -> None:
    made = typed(CSV)
    made.file_uploader(key="task_file").set_value(("x.txt", b"\xff\xfe\x00", "text/plain")).run()
    assert "is no text in UTF-8" in wrong(made)
    assert made.text_area(key="task").value == CSV
    made.run()
    assert wrong(made) == ""
