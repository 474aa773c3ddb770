"""Honest scores of a person's own task, as a run of that spec would give."""

from core.results.measured import Answer, TaskKind, TaskScore
from core.variants.spec import RunSpec
from core.variants.task import Question, TextTask, parse_task


def task_of(spec: RunSpec) -> TaskScore | None:
    """The score of a spec's task: every other answer right, or every other token of a text."""
    if spec.workload.task is None:
        return None
    task = parse_task(spec.workload.task)
    if isinstance(task, TextTask):
        items = len(task.text) // 4 + 2
        right, kind = items // 2, TaskKind.TEXT
        figures = {"perplexity": 22.0, "bits_per_byte": 1.2}
        return TaskScore(
            kind=kind, accuracy=right / items, items=items, correct=right, seconds=2.0, **figures
        )
    answers = tuple(an_answer(question) for question in task.questions)
    right = sum(answer.correct for answer in answers)
    return TaskScore(
        kind=TaskKind.ANSWERS,
        accuracy=right / len(answers),
        items=len(answers),
        correct=right,
        seconds=2.0,
        answers=answers,
    )


def an_answer(question: Question) -> Answer:
    """Right in rows of an even number."""
    correct = question.row % 2 == 0
    return Answer(
        row=question.row,
        prompt=question.prompt,
        expected=question.expected,
        match=question.match,
        answer=f" {question.expected}" if correct else " something else",
        correct=correct,
    )
