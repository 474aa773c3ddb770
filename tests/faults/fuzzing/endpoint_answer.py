"""The stream of a server that was asked: an answer with a time for each token, or a reason."""

import asyncio
import atexit
import random
from contextlib import aclosing, suppress

import httpx2

from core.engine.adapters.endpoint.answer import Answer
from core.engine.adapters.endpoint.asking import _events
from core.engine.adapters.endpoint.counting import count_tokens
from core.errors import RunError
from tests.faults.fuzzing.mutation import mutated_bytes, mutated_json
from tests.faults.fuzzing.target import Target

MOST_TOKENS = 4
STREAM = {"content-type": "text/event-stream"}
CHAT = b"".join(
    b'data: {"choices":[{"index":0,"delta":{"content":"%d"},"finish_reason":null}]}\n\n' % number
    for number in range(MOST_TOKENS)
)
END = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}\n\ndata: [DONE]\n\n'
SEEDS = (
    CHAT + END,
    b'data: {"choices":[{"text":"a","finish_reason":"length"}],"usage":{"prompt_tokens":1,'
    b'"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":1}}}\n\ndata: [DONE]\n\n',
    b': comment\nevent: error\ndata: {"error":{"message":"too long","code":400}}\n\n',
    b"id: 1\nretry: 5\r\ndata: {\ndata: }\r\n\r\n",
)
WORDS = ("data: ", "[DONE]", "choices", "delta", "reasoning", "usage", "error", "finish_reason")
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1")
LOOP = asyncio.Runner()
atexit.register(LOOP.close)


def feed(data: bytes) -> None:
    """Read the whole stream, then give each token its time."""
    LOOP.run(_read(httpx2.Response(200, headers=STREAM, content=data, request=REQUEST)))


async def _read(response: httpx2.Response) -> None:
    answer = Answer(MOST_TOKENS)
    with suppress(RunError):
        async with aclosing(_events(response, MOST_TOKENS)) as events:
            async for event in events:
                answer.take(event, 0.5)
        if answer.complete:
            counted = count_tokens(answer)
            assert len(counted.token_s) == counted.usage.completion


def mutate(data: bytes, draw: random.Random) -> bytes:
    """One event changed within its JSON, or any bytes."""
    if draw.random() < 0.3:
        return mutated_bytes(data, draw)
    events = data.split(b"\n\n")
    at = draw.randrange(len(events))
    head, colon, body = events[at].partition(b"data: ")
    events[at] = head + colon + mutated_json(body, draw)
    return b"\n\n".join(events)


TARGET = Target("endpoint_answer", feed, SEEDS, WORDS, mutate, soak_runs=100_000)
