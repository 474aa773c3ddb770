"""Scores a person's own task with a loaded variant, after everything that is timed.

Answers are generated with the run's own settings, one row at a time, to their natural stop.
Nothing here compiles (see `scoring`), so the task can disturb no measurement, and a static cache,
which only compiled code needs, is replaced by one that grows.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from core.engine.cancellation import Cancellation
from core.engine.compiling import uncompiled
from core.engine.device import Device
from core.engine.divergence import bits_per_byte, loss_nats, perplexity
from core.engine.generate import Generation
from core.engine.loader import Loaded
from core.engine.scoring import context_of, encode, log_probabilities
from core.errors import RequestError
from core.results.measured import Answer, TaskKind, TaskScore
from core.variants.decoding import Decoding
from core.variants.kv_cache import KVCache
from core.variants.spec import StopRule, Workload
from core.variants.task import AnswerTask, Match, Question, TextTask, parse_task

WINDOW_TOKENS = 512
PATTERN_S = 5.0
# A pattern may need longer than anyone can wait, and nothing ends `re` but the end of its process.
SEARCH = "import json, re, sys; print(re.search(*json.load(sys.stdin)) is not None)"
PROMPT_CHARACTERS, ANSWER_CHARACTERS = 200, 500
Tell = Callable[[int, int | None, str], None]


def measure_task(
    loaded: Loaded, workload: Workload, device: Device, cancellation: Cancellation, tell: Tell
) -> TaskScore | None:
    """How well the variant does the workload's own task; None where it has none."""
    if workload.task is None:
        return None
    task = parse_task(workload.task)
    start = time.perf_counter()
    if isinstance(task, TextTask):
        score = _read_text(task, loaded, cancellation, tell)
    else:
        score = _ask(task, loaded, workload, device, cancellation, tell)
    return TaskScore(**score, seconds=time.perf_counter() - start)


def _ask(
    task: AnswerTask,
    loaded: Loaded,
    workload: Workload,
    device: Device,
    cancellation: Cancellation,
    tell: Tell,
) -> dict[str, Any]:
    answers = []
    for number, question in enumerate(task.questions):
        cancellation.check()
        tell(number, len(task.questions), "asking the questions of the task")
        answer = _answer(Generation(loaded, _asking(question, workload), device, cancellation))
        answers.append(judged(question, answer))
    right = sum(answer.correct for answer in answers)
    return {
        "kind": TaskKind.ANSWERS,
        "accuracy": right / len(answers),
        "items": len(answers),
        "correct": right,
        "answers": tuple(answers),
    }


def _asking(question: Question, workload: Workload) -> Workload:
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


def _answer(generation: Generation) -> str:
    with uncompiled():
        return generation.describe(generation.run()).text


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


def _read_text(
    task: TextTask, loaded: Loaded, cancellation: Cancellation, tell: Tell
) -> dict[str, Any]:
    encoded = encode(loaded.tokenizer, task.text)
    size = context_of(loaded, WINDOW_TOKENS)
    parts = list(windows(encoded.ids, size, loaded.tokenizer.bos_token_id))
    if not parts:
        raise RequestError("task", task.text, "it has one token, which has nothing to follow.")
    scored, right, nll_nats = 0, 0, 0.0
    for number, window in enumerate(parts):
        cancellation.check()
        tell(number, len(parts), "reading the text of the task")
        found, targets = log_probabilities(loaded, window), np.asarray(window[1:])
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
