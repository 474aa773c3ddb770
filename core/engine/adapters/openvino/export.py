"""Writes a model as an OpenVINO graph, in a process that ends when it is done.

`python -m core.engine.adapters.openvino.export SOURCE TARGET fp32` reads a folder of safetensors
through optimum-intel. With `int8` or `int4` SOURCE is the folder of such a graph, whose weights
NNCF compresses without looking at data. torch and transformers are in this process alone.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.engine.adapters.openvino.silent import import_openvino

GRAPH = "openvino_model.xml"
GROUP_SIZES = (128, 64, 32)


def main() -> int:
    """0 where the target was written; what went wrong is the last line on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("bits", choices=("fp32", "int8", "int4"))
    asked = parser.parse_args()
    openvino = import_openvino()
    if asked.bits == "fp32":
        export(asked.source, asked.target)
    else:
        compress(openvino, asked.source / GRAPH, asked.target / GRAPH, asked.bits)
    return 0


def export(source: Path, target: Path) -> None:
    """The model in 32-bit floats, with its keys and values as states of the graph. Its own weights
    may be 16-bit floats: these are the same numbers.
    """
    import torch
    from optimum.exporters.openvino import export_from_model
    from optimum.intel import OVConfig
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(
        source,
        dtype=torch.float32,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
    )
    export_from_model(
        model,
        output=target,
        task="text-generation-with-past",
        ov_config=OVConfig(dtype="fp32"),
        stateful=True,
        preprocessors=[],
    )


def compress(openvino: Any, source: Path, target: Path, bits: str) -> None:
    """Asymmetric integers: 8 bits with a scale and a zero point for each output; or 4 bits with
    both for each group of inputs, and then 8 bits for the embedding and the output head.
    """
    import nncf

    graph, modes = openvino.Core().read_model(source), nncf.CompressWeightsMode
    settings: dict[str, Any] = {"mode": modes.INT8_ASYM}
    if bits == "int4":
        size = group_size(widths(graph.get_ops()))
        settings = {"mode": modes.INT4_ASYM, "group_size": size, "ratio": 1.0}
    compressed = nncf.compress_weights(graph, **settings)
    openvino.save_model(compressed, target, compress_to_fp16=False)


def group_size(inputs: Iterable[int]) -> int:
    """The largest usual size that divides every matrix's inputs; raises ValueError without one."""
    wide = sorted(set(inputs))
    for size in GROUP_SIZES:
        if all(width % size == 0 for width in wide):
            return size
    raise ValueError(f"No group of {GROUP_SIZES} weights divides matrices {wide} wide.")


def widths(operations: Iterable[Any]) -> Iterator[int]:
    """Inputs of each matrix of weights that a graph multiplies with."""
    for operation in operations:
        if operation.get_type_name() == "MatMul":
            matrix = operation.input_value(1).get_node()
            if matrix.get_type_name() == "Constant" and len(matrix.shape) == 2:
                transposed = operation.get_attributes()["transpose_b"]
                yield int(matrix.shape[1 if transposed else 0])


if __name__ == "__main__":
    sys.exit(main())
