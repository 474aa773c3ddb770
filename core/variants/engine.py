"""Engines: what carries a model out. Each has the levers that it has; no lever is ignored.

An engine whose needs conflict with this program's lives in an environment of its own, which
`make engine NAME` sets up.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Engine(StrEnum):
    """What loads the model and generates."""

    TRANSFORMERS = "transformers"
    OPENAI = "openai"
    LLAMA_CPP = "llama.cpp"
    OPENVINO = "openvino"


DEFAULT_ENGINE = Engine.TRANSFORMERS


@dataclass(frozen=True)
class EngineRow:
    """`lacks` has the spec's fields that are no lever of this engine, each with the reason, which
    goes on after its name. `usual` are the values of fields that are not given, where those of
    transformers are none of its choices: a value that two engines share is the usual one of both.
    `package` is the one that an environment of its own is there for; None without one. `devices`
    are the kinds of device that it can be put on. `pads` tells whether it fills shorter rows and
    goes on with rows that have ended, None where that is not known; `most_rows` is the most that it
    takes at once. `loads_for_cache` tells whether it loads for one kind of KV cache, so that
    another kind is another load.
    """

    label: str
    summary: str
    lacks: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    devices: tuple[str, ...] = ("cpu", "cuda")
    pads: bool | None = True
    most_rows: int | None = None
    loads_for_cache: bool = False

    @property
    def own_environment(self) -> bool:
        """Whether it runs in a virtual environment of its own."""
        return self.package is not None


NO_TORCH = {
    "compute_dtype": "chooses itself what it computes in.",
    "compile": "is compiled already: torch.compile is for transformers.",
    "compile_backend": "is compiled already: torch.compile is for transformers.",
    "compile_mode": "is compiled already: torch.compile is for transformers.",
    "decoding": "is measured with greedy decoding only here.",
    "draft_model": "is measured with greedy decoding only here.",
    "draft_tokens": "is measured with greedy decoding only here.",
    "no_repeat_ngram_size": "has no such rule.",
}
RANDOM = {"weights": "has no random weights: it reads files that are there."}
SERVED = {
    "weights": "serves the weights that it has loaded.",
    "revision": "serves the revision that it has loaded.",
    "shortest_prompt_tokens": "is asked with prompts of one length only here.",
    "time_limit_s": "is not ended by the clock here.",
    "task": "is not asked the questions of a task here.",
}
OWN = {"attention": "own", "kv_cache": "own"}

ENGINES: dict[Engine, EngineRow] = {
    Engine.TRANSFORMERS: EngineRow(
        "transformers", "PyTorch through Hugging Face's transformers: every lever, in this program."
    ),
    Engine.OPENAI: EngineRow(
        "OpenAI endpoint",
        "A server with an OpenAI-compatible interface, such as vLLM, TGI or llama-server: timed "
        "from outside, the network included.",
        {**NO_TORCH, **SERVED},
        {"precision": "as_served", **OWN},
        pads=None,
    ),
    Engine.LLAMA_CPP: EngineRow(
        "llama.cpp",
        "C++ kernels over quantised GGUF files, by llama-cpp-python.",
        {**NO_TORCH, **RANDOM},
        {"precision": "gguf", "attention": "ggml_flash", "kv_cache": "f16"},
        package="llama-cpp-python",
        devices=("cpu",),
        pads=False,
        most_rows=256,
    ),
    Engine.OPENVINO: EngineRow(
        "OpenVINO",
        "Intel's runtime over a graph that is exported once, by optimum-intel.",
        {**{field: why for field, why in NO_TORCH.items() if field != "compute_dtype"}, **RANDOM},
        {"attention": "own"},
        package="optimum-intel",
        devices=("cpu",),
        loads_for_cache=True,
    ),
}


def engine_packages(engine: Engine) -> tuple[str, ...]:
    """The packages whose versions tell which engine ran; none of a server."""
    if engine is Engine.TRANSFORMERS:
        return ("transformers", "torch")
    package = ENGINES[engine].package
    return tuple(dict.fromkeys((package, str(engine)))) if package else ()


def usual_device(name: object, default: str) -> str:
    """The default device, or the CPU where an engine of that name takes no such device."""
    with contextlib.suppress(ValueError):
        kinds = ENGINES[Engine(str(name or DEFAULT_ENGINE))].devices
        return default if default.split(":")[0] in kinds else "cpu"
    return default


def usual_of(values: Mapping[str, Any], name: str) -> str | None:
    """What a field is with the engine that these values name, where it is not given; None where as
    with transformers, and for an engine that there is not.
    """
    with contextlib.suppress(ValueError):
        return ENGINES[Engine(values.get("engine") or DEFAULT_ENGINE)].usual.get(name)
    return None
