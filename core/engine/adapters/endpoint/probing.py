"""Finds out how a server wants to be asked, by asking it for single tokens.

Refusals of a field or of an interface lead on to the next way of asking; all else ends the run.
"""

from dataclasses import dataclass, replace
from typing import Any

from core.engine.adapters.endpoint.asking import TurnClock, ask
from core.engine.adapters.endpoint.connection import Connection
from core.engine.adapters.endpoint.counting import count_tokens
from core.engine.adapters.endpoint.fitting import fit_words
from core.engine.adapters.endpoint.prompts import Prompts
from core.engine.adapters.endpoint.question import (
    Dialect,
    Prompt,
    Question,
    Route,
    body,
    dialects,
)
from core.engine.adapters.endpoint.refusals import NOT_HERE, NOT_SO, Refused, wrong_model
from core.engine.adapters.endpoint.server import Reached, Server
from core.errors import LoadFailed, RunError, UnsupportedRun
from core.variants.spec import StopRule, Workload

SHORT_PROMPT = "Hello"


@dataclass(frozen=True)
class Way:
    """How a server takes the questions of a workload, and the tokens that it read of its prompt."""

    model: str
    workload: Workload
    route: Route
    dialect: Dialect
    prompt_tokens: int = 0

    def body(self, prompt: Prompt, new_tokens: int, salt: str) -> dict[str, Any]:
        """The JSON to send."""
        exact, stop = self.workload.stop is StopRule.FIXED, self.workload.stop_strings
        question = Question(self.model, prompt, new_tokens, exact, stop, salt)
        return body(question, self.route, self.dialect)


async def find_way(reached: Reached, model: str, workload: Workload, prompts: Prompts) -> Way:
    """The first way of asking that the server takes, and how long the prompt is that way; synthetic
    `prompts` are made to fit. Raises what the refusals mean.
    """
    connection, refused = reached.connection, list[Refused]()
    for route in Route:
        for dialect in dialects(route, workload.stop is StopRule.FIXED):
            way = Way(model, workload, route, dialect)
            try:
                await _read_tokens(connection, way, SHORT_PROMPT, "probe")
            except Refused as refusal:
                if refusal.status not in (*NOT_SO, *NOT_HERE):
                    raise
                refused.append(refusal)
                if refusal.status in NOT_HERE:
                    break
            else:
                return await _fitted(connection, way, prompts)
    raise _meaning(refused, model, reached.server)


async def _fitted(connection: Connection, way: Way, prompts: Prompts) -> Way:
    """The way with the tokens that the server reads of a prompt. Synthetic ones are token ids where
    it counts exactly those that it was sent, else as many words as make up the length.
    """
    wanted = way.workload.prompt_tokens
    prompts.ids = wanted is not None and way.route is Route.COMPLETIONS
    if prompts.ids:
        try:
            read = await _read_tokens(connection, way, *prompts.next())
        except Refused as refusal:
            if refusal.status not in NOT_SO:
                raise
            read = 0
        if read == wanted:
            return replace(way, prompt_tokens=read)
        prompts.ids = False

    async def read_next() -> int:
        return await _read_tokens(connection, way, *prompts.next())

    if wanted is None:
        return replace(way, prompt_tokens=await read_next())
    return replace(way, prompt_tokens=await fit_words(prompts, wanted, read_next))


async def _read_tokens(connection: Connection, way: Way, prompt: Prompt, salt: str) -> int:
    """Ask for one token, and give the tokens of the prompt as the server counts them."""
    request = connection.request(way.route, way.body(prompt, 1, salt))
    asked = await ask(connection, request, 1, TurnClock())
    return count_tokens(asked.answer).usage.prompt


def _meaning(refused: list[Refused], model: str, server: Server) -> RunError:
    """What it means that a server took no way of asking."""
    last = refused[-1]
    if server.models and model not in server.models:
        return wrong_model(last, model, server.models)
    if all(refusal.status in NOT_HERE for refusal in refused):
        if "model" in last.said.lower():
            return wrong_model(last, model, server.models)
        paths = " nor ".join(f"/{route}" for route in Route)
        return LoadFailed(
            f"There is neither {paths} below this address ({last.status}): most addresses of "
            "OpenAI-compatible servers end in /v1."
        )
    told = next(refusal for refusal in reversed(refused) if refusal.status not in NOT_HERE)
    return UnsupportedRun(str(told), "model" if "model" in told.said.lower() else None)
