"""How well a run did the person's own task: the score, and each answer as it came."""

import pandas as pd
import streamlit as st

from core.results.format import show, show_seconds
from core.results.measured import Answer, TaskKind, TaskScore
from core.results.metrics import BY_KEY
from core.results.types import RunResult
from pages.widgets.layout import escape
from pages.widgets.metric_list import explained, explained_columns

SIGNS = {True: "✓", False: "✗"}
MOST_ROWS_IN_SIGHT = 10
RIGHT = "✓ where the answer is right, ✗ where it is not."
COLUMNS = {
    "Row": "Its place in your task.",
    "Prompt": "What the model went on with.",
    "Expected": "What the task expects.",
    "Match": "How the two are compared: contains, exact, or regex.",
    "Answer": "What the model wrote, up to as many tokens as the run generates.",
}
ROW_PIXELS, HEADER_PIXELS = 35, 38


def draw_task(result: RunResult) -> None:
    """The score in a sentence and a table of the answers; nothing for a run without a task."""
    score = result.task
    if score is None:
        return
    st.markdown(escape(score_sentence(score)), help=explained([BY_KEY["task_accuracy"]]))
    if score.answers:
        _table(score.answers)


def score_sentence(score: TaskScore) -> str:
    """What share was right, of how many, and how long it took."""
    share = f"{score.correct:,} of {score.items:,}"
    took = f"in {show_seconds(score.seconds)}, outside the timed part."
    if score.kind is TaskKind.ANSWERS:
        return f"{share} answers are right ({score.accuracy:.1%}), {took}"
    return (
        f"{share} next tokens are the most likely ones ({score.accuracy:.1%}); "
        f"perplexity {show(score.perplexity, '')}, bits per byte {show(score.bits_per_byte, '')}, "
        f"{took}"
    )


def _table(answers: tuple[Answer, ...]) -> None:
    """Text cells are drawn on a canvas and never read as Markdown."""
    rows = min(len(answers), MOST_ROWS_IN_SIGHT)
    st.dataframe(
        pd.DataFrame([_row(answer) for answer in answers]),
        hide_index=True,
        height=HEADER_PIXELS + rows * ROW_PIXELS,
        column_config={
            **explained_columns(COLUMNS),
            "Right": st.column_config.TextColumn(width="small", help=RIGHT),
        },
        key="task_answers",
    )
    for answer in answers:
        if answer.problem:
            st.caption(f"Row {answer.row} counts as wrong: {escape(answer.problem)}.")


def _row(answer: Answer) -> dict[str, str | int]:
    return {
        "Row": answer.row,
        "Right": SIGNS[answer.correct],
        "Prompt": answer.prompt,
        "Expected": answer.expected,
        "Match": str(answer.match),
        "Answer": answer.answer,
    }
