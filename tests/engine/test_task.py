"""A person's own task with a tiny real model, and how answers are judged."""

import math
from pathlib import Path

import pytest
import torch

from core.engine import judging
from core.engine.cancellation import Cancellation
from core.engine.compiling import compile_counts
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.judging import judged, windows
from core.engine.loader import Loaded, load
from core.engine.task import measure_task
from core.errors import RequestError, RunCancelled
from core.results.measured import TaskKind, TaskScore
from core.variants.compilation import Compilation
from core.variants.spec import StopRule, VariantSpec, Workload
from core.variants.task import Match, Question


@pytest.fixture(scope="module")
def device() -> CpuDevice:
    return CpuDevice()


@pytest.fixture(scope="module")
def loaded(tiny_model_folder: Path, device: CpuDevice) -> Loaded:
    return load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, device)


def score(loaded: Loaded, device: CpuDevice, task: str, **fields: object) -> TaskScore:
    workload = Workload.model_validate({"max_new_tokens": 5, **fields, "task": task})
    found = measure_task(loaded, workload, device, Cancellation(), lambda *_: None)
    assert found is not None
    return found


def text_after(loaded: Loaded, device: CpuDevice, prompt: str, tokens: int = 5) -> str:
    workload = Workload(prompt=prompt, max_new_tokens=tokens, stop=StopRule.NATURAL)
    once = Generation(loaded, workload, device, Cancellation())
    return once.describe(once.run()).text


def right(expected: str, match: Match, answer: str) -> bool:
    return judged(Question(2, "?", expected, match), answer).correct


@pytest.mark.parametrize(
    ("expected", "match", "answer", "correct"),
    [
        ("Paris", Match.EXACT, " Paris\n", True),
        ("Paris", Match.EXACT, " Paris.", False),
        ("Paris", Match.CONTAINS, "It is Paris, of course.", True),
        (" Paris ", Match.CONTAINS, "Paris.", True),
        ("paris", Match.CONTAINS, "Paris", False),
        (r"\b8\b", Match.REGEX, " 8, 10", True),
        (r"\b8\b", Match.REGEX, "18", False),
        ("(?i)^ *paris", Match.REGEX, " PARIS", True),
        ("ü🦊$", Match.REGEX, "a ü🦊", True),
    ],
)
def test_an_answer_is_right_or_wrong(
    expected: str, match: Match, answer: str, correct: bool
) -> None:
    assert right(expected, match, answer) is correct


def test_a_pattern_that_never_ends_is_given_up_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "PATTERN_S", 0.5)
    answer = judged(Question(2, "?", "(a+)+b", Match.REGEX), "a" * 60)
    assert not answer.correct
    assert answer.problem is not None
    assert "still searching" in answer.problem


def test_long_texts_are_judged_whole_and_kept_short() -> None:
    answer = judged(Question(2, "p" * 900, "end", Match.CONTAINS), "x" * 900 + "end")
    assert answer.correct
    assert (len(answer.prompt), len(answer.answer)) == (200, 500)
    assert answer.prompt.endswith("…")


def test_answers_are_the_models_own_continuations(loaded: Loaded, device: CpuDevice) -> None:
    first, second = (text_after(loaded, device, prompt) for prompt in ("One two", "Red"))
    rows = f'"One two","{first.strip()}",exact\nRed,nothing like it,exact\n'
    found = score(loaded, device, f"prompt,expected,match\n{rows}", batch_size=3, prompt_tokens=4)
    assert (found.kind, found.items, found.correct) == (TaskKind.ANSWERS, 2, 1)
    assert found.accuracy == 0.5
    assert [answer.answer for answer in found.answers] == [first, second]
    assert [answer.correct for answer in found.answers] == [True, False]
    assert [answer.row for answer in found.answers] == [2, 3]
    assert (found.perplexity, found.bits_per_byte) == (None, None)
    assert found.seconds > 0


def test_a_text_is_scored_as_the_model_itself_scores_it(loaded: Loaded, device: CpuDevice) -> None:
    text = "The ferry left a little after six."
    ids = torch.tensor([loaded.tokenizer(text)["input_ids"]])
    with torch.inference_mode():
        out = loaded.model(ids, labels=ids)
    loss, scored = float(out.loss), ids.shape[1] - 1
    first = loaded.tokenizer.decode(ids[0, :1])
    found = score(loaded, device, text)
    assert (found.kind, found.items, found.answers) == (TaskKind.TEXT, scored, ())
    assert found.perplexity == pytest.approx(math.exp(loss), rel=1e-4)
    bits = loss * scored / math.log(2)
    assert found.bits_per_byte == pytest.approx(bits / (len(text) - len(first)), rel=1e-4)
    guessed = int((out.logits[0, :-1].argmax(-1) == ids[0, 1:]).sum())
    assert (found.correct, found.accuracy) == (guessed, guessed / scored)


def test_a_text_longer_than_the_context_is_read_in_windows(
    loaded: Loaded, device: CpuDevice
) -> None:
    text = "one two three " * 400
    tokens = len(loaded.tokenizer(text.strip())["input_ids"])
    assert tokens > 1000
    assert score(loaded, device, text).items == tokens - 1


def test_windows_score_each_token_but_the_first_once() -> None:
    parts = list(windows([9, 1, 2, 3, 4, 5, 6], size=4, beginning=None))
    assert parts == [[9, 1, 2, 3], [3, 4, 5, 6]]
    assert list(windows([9], size=4, beginning=None)) == []


def test_windows_of_a_text_with_a_special_beginning_all_have_it() -> None:
    parts = list(windows([0, 1, 2, 3, 4, 5], size=4, beginning=0))
    assert parts == [[0, 1, 2, 3], [0, 4, 5]]


def test_a_text_of_one_token_is_refused(loaded: Loaded, device: CpuDevice) -> None:
    with pytest.raises(RequestError):
        score(loaded, device, "hello")


def test_a_workload_without_a_task_has_no_score(loaded: Loaded, device: CpuDevice) -> None:
    assert measure_task(loaded, Workload(), device, Cancellation(), lambda *_: None) is None


@pytest.mark.parametrize("task", ["a text of some words", "prompt,expected\na,b\nc,d"])
def test_a_cancelled_task_stops(loaded: Loaded, device: CpuDevice, task: str) -> None:
    cancellation = Cancellation()
    cancellation.begin("run-1")

    def cancel_at_the_first_step(*_: object) -> None:
        cancellation.cancel("run-1")

    workload = Workload(task=task, max_new_tokens=100)
    if task.startswith("prompt"):
        with pytest.raises(RunCancelled):
            measure_task(loaded, workload, device, cancellation, cancel_at_the_first_step)
    else:
        cancellation.cancel("run-1")
        with pytest.raises(RunCancelled):
            measure_task(loaded, workload, device, cancellation, lambda *_: None)


@pytest.mark.filterwarnings("ignore:.torch.jit.script_method:DeprecationWarning")
def test_a_compiled_variant_is_asked_without_compiling(
    tiny_model_folder: Path, loaded: Loaded, device: CpuDevice
) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), compile=Compilation.WHOLE)
    compiled = load(variant, tiny_model_folder, device)
    before = compile_counts()
    rows = "prompt,expected\nOne two,x\nThree four five,y"
    answers = score(compiled, device, rows).answers
    assert compile_counts() == before
    assert answers == score(loaded, device, rows).answers
