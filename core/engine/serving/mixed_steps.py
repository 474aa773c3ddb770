"""Measures the steps of continuous batching: rows that decode, and prompts that join them.

An episode begins with one request; more join in groups until all slots are taken, and between two
groups all of them decode. So one episode has steps with few and with many rows, with and without
prompts, and prompts that come alone and together.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from core.engine.cancellation import Cancellation
from core.engine.loader import Loaded
from core.engine.serving.batch_steps import Tell
from core.engine.serving.continuous import ContinuousServer, Step
from core.engine.serving.grid import MOST_ROUNDS, MUCH_LONGER, lengths_of
from core.engine.serving.prompts import Prompts
from core.results.serving import StepKind, StepSample
from core.variants.load_order import StepRange

DECODE_STEPS = 2
"""Steps without newcomers between two groups."""
LEAST_ROUNDS = 2
ANSWER_S = 0.1


@dataclass
class _Episode:
    """Groups that join one after the other. `next_group` is told of each step in the thread that
    steps, so that no time passes between a step and those who join at the next.
    """

    server: ContinuousServer
    prompts: Prompts
    prompt_tokens: int
    groups: Sequence[int]
    added: int = 0
    joined: int = 0
    decoded: int = 0

    def begin(self) -> None:
        """Let the first group in."""
        self._join(self.groups[0])

    def next_group(self, step: Step) -> None:
        """Let the next group in once those before have decoded for a while."""
        if any(not row.decodes for row in step.rows):
            self.decoded = 0
            return
        self.decoded += 1
        if self.decoded == DECODE_STEPS and self.joined < len(self.groups):
            self._join(self.groups[self.joined])

    def _join(self, rows: int) -> None:
        """All leave at the same step: after the last group has decoded."""
        still_to_join = len(self.groups) - self.joined
        tokens = still_to_join * (1 + DECODE_STEPS)
        for _ in range(rows):
            self.server.add(self.added, self.prompts.take(self.prompt_tokens), tokens)
            self.added += 1
        self.joined += 1


@dataclass
class _Listener:
    """Passes steps on to the episode at hand."""

    episode: _Episode | None = field(default=None)

    def __call__(self, step: Step) -> None:
        if self.episode is not None:
            self.episode.next_group(step)


def measure_mixed_steps(
    loaded: Loaded,
    prompts: Prompts,
    sizes: StepRange,
    seconds: float,
    context: int | None,
    cancellation: Cancellation,
    tell: Tell,
) -> list[StepSample]:
    """Episodes of each prompt length, again and again, for about so many seconds."""
    listener = _Listener()
    plans = groups_of(sizes.most_rows)
    most_answer = max(map(len, plans)) * (1 + DECODE_STEPS)
    lengths = mixed_lengths(sizes, context, most_answer)
    reached = sizes.longest_prompt + sizes.longest_answer - max(lengths)
    room = {"longest_prompt": max(lengths), "longest_answer": max(reached, most_answer)}
    sizes = sizes.model_copy(update=room)
    with ContinuousServer(loaded, sizes, listener) as server:
        server.warm_up(prompts, DECODE_STEPS, cancellation)
        start = time.perf_counter()
        for number in range(MOST_ROUNDS):
            if number >= LEAST_ROUNDS and time.perf_counter() - start > seconds:
                break
            for done, tokens in enumerate(lengths if number % 2 else reversed(lengths)):
                tell(done, len(lengths), f"continuous batching, round {number + 1}")
                episode = _Episode(server, prompts, tokens, plans[number % len(plans)])
                _play(episode, listener, cancellation)
    return list(samples_of(server.steps))


def mixed_lengths(sizes: StepRange, context: int | None, most_answer: int) -> tuple[int, ...]:
    """Prompt lengths that leave room for an episode's longest answer; where answers make rows much
    longer than prompts are, one at that length, since the cache then holds as much.
    """
    lengths, whole = lengths_of(sizes), sizes.longest_prompt + sizes.longest_answer - most_answer
    if whole > MUCH_LONGER * sizes.longest_prompt:
        lengths = (*lengths, whole)
    room = max(1, context - most_answer) if context else max(lengths)
    return tuple(dict.fromkeys(min(tokens, room) for tokens in lengths))


def groups_of(rows: int) -> tuple[tuple[int, ...], ...]:
    """How many join one after the other until so many rows are there: few at once, so that steps
    with most numbers of rows are seen, and ever more at once, as after a burst.
    """
    return _groups(rows, lambda there: max(1, there // 4)), _groups(rows, lambda there: there)


def _groups(rows: int, joining: Callable[[int], int]) -> tuple[int, ...]:
    groups = [1]
    while (there := sum(groups)) < rows:
        groups.append(min(joining(there), rows - there))
    return tuple(groups)


def samples_of(steps: Sequence[Step]) -> Iterator[StepSample]:
    """Each step as sums over its rows."""
    for step in steps:
        decoding = [row for row in step.rows if row.decodes]
        joining = [row for row in step.rows if not row.decodes]
        yield StepSample(
            kind=StepKind.MIXED,
            batch=len(decoding),
            prompt_tokens=sum(row.fed for row in joining),
            context_tokens=sum(row.cached for row in step.rows),
            new_tokens=sum(row.has_token for row in step.rows),
            seconds=step.ended_s - step.began_s,
        )


def _play(episode: _Episode, listener: _Listener, cancellation: Cancellation) -> None:
    """Until all its requests are answered."""
    listener.episode = episode
    episode.begin()
    answered = 0
    while answered < sum(episode.groups):
        cancellation.check()
        if episode.server.answer(ANSWER_S) is not None:
            answered += 1
    listener.episode = None
