"""The yardstick: a plain script that loads a model and times `model.generate`, nothing else.

Knows nothing of this program. Reads one JSON object of generate's arguments per line and answers
with `{"seconds": …, "new_tokens": …}`; so it stays alive and warm between the worker's turns.

    python -m benchmarks.plain_script FOLDER DEVICE PROMPT
"""

import json
import sys
import time
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Load, then answer line by line until the input ends."""
    folder, device, prompt = sys.argv[1:]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.to(device)
    inputs = tokenizer(prompt, return_tensors="pt").to(device)
    for line in sys.stdin:
        print(json.dumps(timed_generate(model, inputs, json.loads(line))), flush=True)


def timed_generate(model: Any, inputs: Any, arguments: dict[str, Any]) -> dict[str, float]:
    """Seconds of one generate call, and how many tokens came of it."""
    _synchronise(model.device)
    start = time.perf_counter()
    tokens = model.generate(**inputs, **arguments)
    _synchronise(model.device)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "new_tokens": tokens.shape[1] - inputs["input_ids"].shape[1]}


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
