"""Scores a person's own task, whatever engine answers and reads: what is asked, what is right.

Answers are generated with the run's own settings, one row at a time, to their natural stop; a text
is read in windows. Knows no engine.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities, bits_per_byte, loss_nats, perplexity
from core.errors import RequestError
from core.results.measured import Answer, TaskKind
from core.variants.decoding import Decoding
from core.variants.kv_cache import KVCache
from core.variants.spec import StopRule, Workload
from core.variants.task import AnswerTask, Match, Question, TextTask

WINDOW_TOKENS = 512
PATTERN_S = 5.0
# A pattern may need longer than anyone can wait, and nothing ends `re` but the end of its process.
SEARCH = "import json, re, sys; print(re.search(*json.load(sys.stdin)) is not None)"
PROMPT_CHARACTERS, ANSWER_CHARACTERS = 200, 500
Tell = Callable[[int, int | None, str], None]


def score_answers(
    task: AnswerTask,
    workload: Workload,
    answer: Callable[[Workload], str],
    cancellation: Cancellation,
    tell: Tell,
) -> dict[str, Any]:
    """The share of right answers, by its names in a score; `answer` generates one row's text."""
    answers = []
    for number, question in enumerate(task.questions):
        cancellation.check()
        tell(number, len(task.questions), "asking the questions of the task")
        answers.append(judged(question, answer(asking(question, workload))))
    right = sum(one.correct for one in answers)
    return {
        "kind": TaskKind.ANSWERS,
        "accuracy": right / len(answers),
        "items": len(answers),
        "correct": right,
        "answers": tuple(answers),
    }


def score_text(
    task: TextTask,
    encoded: Encoded,
    parts: list[list[int]],
    read: Callable[[list[int]], LogProbabilities],
    progress: tuple[Cancellation, Tell],
) -> dict[str, Any]:
    """How well each next token of a text was told, by its names in a score; `parts` are its
    `windows`, of which `read` gives the log probabilities.
    """
    if not parts:
        raise RequestError("task", task.text, "it has one token, which has nothing to follow.")
    (cancellation, tell), scored, right, nll_nats = progress, 0, 0, 0.0
    for number, window in enumerate(parts):
        cancellation.check()
        tell(number, len(parts), "reading the text of the task")
        found, targets = read(window), np.asarray(window[1:])
        scored += len(targets)
        right += int((found.argmax(-1) == targets).sum())
        nll_nats += loss_nats(found, targets)
    return {
        "kind": TaskKind.TEXT,
        "accuracy": right / scored,
        "items": scored,
        "correct": right,
        "perplexity": perplexity(nll_nats, scored),
        "bits_per_byte": bits_per_byte(nll_nats, encoded.scored_bytes),
    }


def asking(question: Question, workload: Workload) -> Workload:
    """The run's workload with one row, this prompt, and a natural stop. Drafts would change when
    an answer comes and not what it is; the cap on prompt and output together is meant for another
    prompt.
    """
    static = workload.kv_cache is KVCache.STATIC
    changed = {
        "prompt": question.prompt,
        "prompt_tokens": None,
        "shortest_prompt_tokens": None,
        "batch_size": 1,
        "max_length": None,
        "stop": StopRule.NATURAL,
        "decoding": Decoding.GREEDY,
        "kv_cache": KVCache.DYNAMIC if static else workload.kv_cache,
        "task": None,
    }
    return workload.model_copy(update=changed)


def judged(question: Question, answer: str) -> Answer:
    """The record of a question and its answer, with both shortened for whoever reads it later."""
    found = _is_right(question, answer)
    slow = f"the pattern was still searching after {PATTERN_S:.0f} s"
    return Answer(
        row=question.row,
        prompt=_shortened(question.prompt, PROMPT_CHARACTERS),
        expected=_shortened(question.expected, ANSWER_CHARACTERS),
        match=question.match,
        answer=_shortened(answer, ANSWER_CHARACTERS),
        correct=bool(found),
        problem=slow if found is None else None,
    )


def _is_right(question: Question, answer: str) -> bool | None:
    expected = question.expected.strip()
    match question.match:
        case Match.EXACT:
            return answer.strip() == expected
        case Match.CONTAINS:
            return expected in answer
        case Match.REGEX:
            return _found(question.expected, answer)


def _found(pattern: str, answer: str) -> bool | None:
    """Whether the pattern is somewhere in the answer; None where that took too long."""
    given = json.dumps([pattern, answer])
    command = [sys.executable, "-I", "-S", "-c", SEARCH]
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=PATTERN_S, check=True
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.strip() == "True"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def windows(ids: list[int], size: int, beginning: int | None) -> Iterator[list[int]]:
    """Parts of at most so many ids. Each id but the first is scored once: a part begins with the
    text's own special beginning where it has one, else with the last id of the part before.
    """
    first, rest = ids[:1], ids[1:]
    for start in range(0, len(rest), size - 1):
        part = rest[start : start + size - 1]
        yield [*first, *part]
        if first != [beginning]:
            first = part[-1:]
