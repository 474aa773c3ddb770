"""What would another engine do here: the same question, asked of each engine that is there.

An engine is asked with each of its precisions, and with what else is usual of it. The question is
never changed for it: an engine that lacks a part of it, such as a rule against repeated n-grams,
is not asked, and says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.analysis.physics import Bound
from core.analysis.roofline import Roofline, roofline_of
from core.analysis.why import why_line
from core.errors import RequestError
from core.results.identity import MEASURING, QUESTION
from core.results.latency import latency_of
from core.results.types import RunResult
from core.variants.endpoints import Endpoint
from core.variants.engine import DEFAULT_ENGINE, ENGINES, Engine
from core.variants.engine_offer import EngineOffer, allowed_servers, engine_offers
from core.variants.engine_support import choices_of
from core.variants.environment import Environment
from core.variants.precision import Precision
from core.variants.request import FIELDS, build_spec, flat_values, problems
from core.variants.spec import RunSpec

ASKED = (*sorted(QUESTION | MEASURING), "batch_size", "device")
OF_A_MODEL = ("model", "revision", "weights")


@dataclass(frozen=True)
class Refused:
    """An engine that is there and cannot answer this question, and why."""

    label: str
    reason: str


@dataclass(frozen=True)
class EngineQuestion:
    """One question to several engines: what is asked of those that can answer, the source first;
    those that cannot; and those that are not there.
    """

    specs: tuple[RunSpec, ...]
    refused: tuple[Refused, ...]
    missing: tuple[EngineOffer, ...]


@dataclass(frozen=True)
class EngineBound:
    """How near an engine's run came to the least time of its own bytes: seconds per token as
    measured and at the least, MBU, and what bounds it. All but the first are None where that
    cannot be told, such as of a server; `why` says it in a sentence.
    """

    result: RunResult
    tpot_s: float | None
    least_tpot_s: float | None
    mbu: float | None
    bound: Bound | None
    why: str


def engine_question(source: RunSpec, environment: Environment) -> EngineQuestion:
    """What the engines of this machine would be asked; quality is measured of all."""
    asked = {**flat_values(source), "quality": True}
    specs, refused = [], []
    device = environment.device(source.variant.device) or environment.devices[0]
    offers = engine_offers(environment, device)
    for values in (asked, *_of_others(asked, offers)):
        found = _judged(values, environment)
        if isinstance(found, RunSpec):
            specs.append(found)
        else:
            refused.append(found)
    missing = tuple(offer for offer in offers if not offer.support.usable)
    return EngineQuestion(tuple(dict.fromkeys(specs)), _told_once(refused), missing)


def bounds_of(results: Sequence[RunResult]) -> tuple[EngineBound, ...]:
    """The bound of each run, in their order."""
    return tuple(_bound(result, roofline_of(result)) for result in results)


def _of_others(
    asked: Mapping[str, Any], offers: Sequence[EngineOffer]
) -> Iterator[Mapping[str, Any]]:
    """The question with each variant of each engine that is there and not the source's own."""
    same = {name: asked[name] for name in ASKED if name in asked}
    for offer in offers:
        engine = offer.engine
        if engine == asked["engine"] or not offer.support.usable:
            continue
        for precision in _precisions(engine):
            for place in _places(engine, str(asked["model"])):
                kept = {name: asked[name] for name in OF_A_MODEL if name in asked}
                yield {**same, **kept, **place, "engine": str(engine), "precision": precision}


def _precisions(engine: Engine) -> tuple[str, ...]:
    """All that an engine has; of this program's own, whose levers are many, the reference."""
    if engine is DEFAULT_ENGINE:
        return (Precision.FP32,)
    return choices_of(engine, "precision")


def _places(engine: Engine, model: str) -> Iterator[Mapping[str, Any]]:
    """For servers each one's address with the models that it may be asked for."""
    if engine is not Engine.OPENAI:
        yield {}
        return
    servers: Mapping[str, Endpoint] = allowed_servers()[0]
    for server in {one.address: one for one in servers.values()}.values():
        for name in server.models or (model,):
            yield {"endpoint": server.address, "model": name}


def _judged(values: Mapping[str, Any], environment: Environment) -> RunSpec | Refused:
    row = ENGINES[Engine(values["engine"])]
    label = f"{row.label} at {values['endpoint']}" if values.get("endpoint") else row.label
    for field, reason in row.lacks.items():
        if field in QUESTION and values.get(field, FIELDS[field].default) != FIELDS[field].default:
            return Refused(label, f"{field}: {row.label} {reason}")
    try:
        spec = build_spec(_without_lacked(values))
    except RequestError as error:
        return Refused(label, str(error))
    faults = problems(spec, environment)
    return Refused(label, str(faults[0])) if faults else spec


def _without_lacked(values: Mapping[str, Any]) -> dict[str, Any]:
    lacked = {*ENGINES[Engine(values["engine"])].lacks} - {"weights"}
    return {name: value for name, value in values.items() if name not in lacked}


def _told_once(refused: Sequence[Refused]) -> tuple[Refused, ...]:
    return tuple(dict.fromkeys(refused))


def _bound(result: RunResult, roofline: Roofline | None) -> EngineBound:
    decode = roofline.decode if roofline else None
    tokens = decode.passes if decode else None
    return EngineBound(
        result,
        latency_of(result).tpot_s,
        decode.least_s / tokens if decode and tokens else None,
        decode.mbu if decode else None,
        roofline.bound if roofline else None,
        why_line(result, roofline),
    )
