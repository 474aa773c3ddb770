"""What a side in a process of its own is told and says: one JSON object per line."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from core.engine.failures import Fault
from core.engine.sides.side import Ending
from core.jobs.protocol import Progress, RunCommand
from core.results.record import Record
from core.results.types import RunResult


class Open(Record):
    """Load this run and make it ready; answered by `Opened`."""

    type: Literal["open"] = "open"
    run: RunCommand


class Headline(Record):
    """A turn without instruments; answered by `Turn`."""

    type: Literal["headline"] = "headline"


class Step(Record):
    """A turn with a time stamp per token; answered by `Turn`."""

    type: Literal["step"] = "step"


class Finish(Record):
    """The turns are over; answered by `Result`."""

    type: Literal["finish"] = "finish"
    ending: Ending


class Opened(Record):
    """The side is warm."""

    type: Literal["opened"] = "opened"


class Turn(Record):
    """Seconds of a turn (of a headline one alone) and the tokens of all rows."""

    type: Literal["turn"] = "turn"
    seconds: tuple[float, ...]
    tokens: int


class Result(Record):
    """The side's result."""

    type: Literal["result"] = "result"
    result: RunResult


class Faulty(Record):
    """What was asked has failed, and the process ends."""

    type: Literal["faulty"] = "faulty"
    fault: Fault


Asked = Annotated[Open | Headline | Step | Finish, Field(discriminator="type")]
Answer = Opened | Turn | Result
Said = Annotated[Opened | Turn | Result | Faulty | Progress, Field(discriminator="type")]

ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
SAID: TypeAdapter[Said] = TypeAdapter(Said)
