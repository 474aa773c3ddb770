"""One request and its streamed answer, with a time for each event, within bounds of time and size.

Events that are read in one turn of the event loop arrived together and get one time: what this
program needs to take them apart would else pass for time between tokens.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2

from core.engine.adapters.endpoint.answer import Answer, Garbage
from core.engine.adapters.endpoint.connection import Connection
from core.engine.adapters.endpoint.refusals import HungUp
from core.errors import PhaseTimeout
from core.variants.endpoints import Endpoint

LARGEST_EVENT_BYTES = 262_144
EVENTS_PER_TOKEN = 16
MORE_EVENTS = 1000
READ_OUT_S = 1.0


class TurnClock:
    """`perf_counter`, standing still within one turn of the event loop."""

    def __init__(self) -> None:
        self._now: float | None = None

    def __call__(self) -> float:
        """Seconds as this turn began to look at the clock."""
        if self._now is None:
            self._now = time.perf_counter()
            asyncio.get_running_loop().call_soon(self._forget)
        return self._now

    def _forget(self) -> None:
        self._now = None


@dataclass(frozen=True)
class Asked:
    """A request's answer, and when it was sent and over, by `perf_counter`: over is it with the
    event that says so, or else with the stream.
    """

    answer: Answer
    sent_s: float
    ended_s: float


async def ask(
    connection: Connection, request: httpx2.Request, most_tokens: int, clock: TurnClock
) -> Asked:
    """Send the request and read its answer to the end; the answer's clock begins as it is sent. A
    server may close an idle connection just as it is used again: then it is sent anew, once.

    Raises Refused, Garbage, PhaseTimeout, LoadFailed where nobody answers.
    """
    try:
        return await _ask_once(connection, request, most_tokens, clock)
    except HungUp:
        return await _ask_once(connection, request, most_tokens, clock)


async def _ask_once(
    connection: Connection, request: httpx2.Request, most_tokens: int, clock: TurnClock
) -> Asked:
    limits = connection.endpoint
    answer, sent_s = Answer(most_tokens), time.perf_counter()
    try:
        async with (
            asyncio.timeout(limits.first_token_s) as deadline,
            connection.sent(request) as response,
        ):
            events = _events(response, most_tokens)
            async for data in events:
                pieces = len(answer.pieces)
                answer.take(data, clock() - sent_s)
                if len(answer.pieces) > pieces:
                    deadline.reschedule(asyncio.get_running_loop().time() + limits.stall_s)
                if answer.done:
                    break
            ended_s = clock()
            deadline.reschedule(None)
            await _read_out(events, min(READ_OUT_S, limits.stall_s))
    except TimeoutError:
        raise PhaseTimeout(_stalled(answer, limits)) from None
    if not answer.complete:
        told = f"{len(answer.pieces)} pieces of text"
        raise Garbage(f"The answer broke off after {told}: the server did not say that it ended.")
    return Asked(answer, sent_s, ended_s)


async def _read_out(events: AsyncIterator[str], within_s: float) -> None:
    """Read what follows the end of an answer, which belongs to no time and no text: a connection
    can be used again only where its answer was read whole. Else it is closed.
    """
    with contextlib.suppress(TimeoutError, httpx2.HTTPError, Garbage):
        async with asyncio.timeout(within_s):
            async for _ in events:
                pass


async def _events(response: httpx2.Response, most_tokens: int) -> AsyncIterator[str]:
    """The data of each event, of so many at most."""
    _refuse_other_content(response)
    count = 0
    try:
        async for event in httpx2.EventSource(response, max_event_size=LARGEST_EVENT_BYTES):
            yield event.data
            count += 1
            if count > EVENTS_PER_TOKEN * most_tokens + MORE_EVENTS:
                raise Garbage(f"The server sent {count} events and no end.")
    except httpx2.SSEError as error:
        raise Garbage(f"The server's stream cannot be read: {str(error)[:200]}") from None


def _refuse_other_content(response: httpx2.Response) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "text/event-stream":
        raise Garbage(
            f"The server answered with {kind[:100] or 'nothing named'} where a stream of events "
            "was asked for: is this the address of an OpenAI-compatible server? Most end in /v1."
        )
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Garbage("The server compressed its answer, which it was asked not to do.")


def _stalled(answer: Answer, limits: Endpoint) -> str:
    if not answer.pieces:
        return f"The server sent no token within {limits.first_token_s:g} s (first_token_s)."
    told = f"{len(answer.pieces)} pieces of text"
    return f"The server sent nothing more for {limits.stall_s:g} s (stall_s) after {told}."
