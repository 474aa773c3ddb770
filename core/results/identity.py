"""What makes runs comparable: equal ids for the same question, and for the same environment.

Ids are hashes of what is set, not of defaults, so that a field which the program gains later
leaves the ids of earlier runs as they are.
"""

import hashlib
import json
from typing import Any

from core.results.observed import RunEnvironment
from core.variants.endpoints import is_endpoint
from core.variants.engine import DEFAULT_ENGINE, Engine
from core.variants.environment import CPU, Environment
from core.variants.spec import RunSpec

# What is asked, whatever answers it. The rest of a workload is a lever or says how to measure.
QUESTION = frozenset(
    {
        "prompt", "prompt_tokens", "shortest_prompt_tokens", "max_new_tokens", "max_length",
        "stop", "stop_strings", "time_limit_s", "no_repeat_ngram_size", "task", "seed",
    }
)  # fmt: skip
MEASURING = frozenset({"warmup", "repeats", "quality"})
DRAWING_PACKAGES = ("streamlit", "pandas", "plotly")  # they never run in a worker
TOLD = ("torch", "llama-cpp-python", "openvino")
ID_DIGITS = 16


def question_id(spec: RunSpec) -> str:
    """Equal for specs that ask the same: prompt, lengths, stop rule, task, and the seed where it
    makes the prompt. Models and levers, the batch size among them, answer it differently.
    """
    asked = spec.workload.model_dump(mode="json", include=set(QUESTION), exclude_defaults=True)
    if spec.workload.prompt_tokens is None:
        asked.pop("seed", None)
    return _hash({**asked, "max_new_tokens": spec.workload.max_new_tokens})


def levers_of(spec: RunSpec) -> dict[str, str | int]:
    """The spec's fields by which configurations differ, those that are set; a device is none."""
    asides = set(QUESTION | MEASURING)
    workload = spec.workload.model_dump(mode="json", exclude=asides, exclude_none=True)
    variant = spec.variant.identity()
    named = {name: v for name, v in variant.items() if v is not None and name != "device"}
    return {**named, **workload}


def environment_id(ran_on: RunEnvironment, device: str, threads: int | None) -> str:
    """Equal for runs of the same machine, packages and thread settings; `threads` are those that
    the run had. The program's own commit does not count.

    Runs that were stored before thread settings were are told apart by the threads that they had,
    and match no present environment: whether theirs was the same is not known.
    """
    settings = ran_on.thread_settings
    return _environment_id(
        ran_on,
        device_name=ran_on.device_name,
        driver=ran_on.driver,
        threads=(threads if settings is None else settings) if device == CPU else None,
    )


def present_environment_id(
    environment: Environment, device: str, engine: Engine = DEFAULT_ENGINE
) -> str | None:
    """What `environment_id` would be of a run of that engine that began now; None where there is no
    such device or engine, and for a server, whose packages are not known before it is reached.

    How many threads PyTorch would use cannot be told without it, but follows from the processors
    and the thread settings, which a worker inherits.
    """
    found, host = environment.device(device), _as_seen_by(engine, environment)
    if found is None or host is None:
        return None
    return _environment_id(
        host,
        device_name=found.name,
        driver=found.driver,
        threads=environment.thread_settings if device == CPU else None,
    )


def _as_seen_by(engine: Engine, environment: Environment) -> Environment | None:
    """The environment with the Python and the packages that the engine's worker has."""
    if engine is DEFAULT_ENGINE:
        return environment
    state = environment.engines.get(engine)
    if state is None or state.problem:
        return None
    own = {"python": state.python or environment.python, "packages": state.packages}
    return environment.model_copy(update=own)


def environment_words(ran_on: RunEnvironment, device: str, threads: int | None) -> str:
    """An environment in a few words: the device, its threads or driver, and the version of what
    computes; of a server its name alone.
    """
    if is_endpoint(ran_on.device_name):
        return ran_on.device_name
    settings = ", ".join(f"{k}={v}" for k, v in sorted((ran_on.thread_settings or {}).items()))
    counted = _threads(threads) if device == CPU and threads else ""
    driver = f"driver {ran_on.driver}" if ran_on.driver else ""
    packages = [f"{name} {ran_on.packages[name]}" for name in TOLD if name in ran_on.packages]
    parts = [ran_on.device_name, counted, settings if device == CPU else "", driver, *packages]
    return ", ".join(part for part in parts if part)


def _threads(count: int) -> str:
    return f"{count} thread{'' if count == 1 else 's'}"


def _environment_id(
    host: RunEnvironment | Environment, device_name: str, driver: str | None, threads: object
) -> str:
    packages = {k: v for k, v in host.packages.items() if k not in DRAWING_PACKAGES}
    return _hash(
        {
            "device_name": device_name,
            "driver": driver,
            "cpu_count": host.cpu_count,
            "platform": host.platform,
            "python": host.python,
            "packages": packages,
            "threads": threads,
        }
    )


def _hash(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]
