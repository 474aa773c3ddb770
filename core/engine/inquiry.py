"""What a worker of another engine asks of PyTorch, in a process that ends when it has answered.

`python -m core.engine.inquiry ceilings --device cpu` prints what the device can do at most;
`… reference --variant JSON` the folder with the fp32 reference's probabilities, which it computes
where they are not kept. One JSON document on standard output; an exit status of 1 and a sentence
on standard error where there is no answer.
"""

import argparse
import json
import os
import sys

from core.engine.cancellation import Cancellation
from core.engine.ceilings import open_ceilings
from core.engine.device import open_device
from core.engine.loader import load, model_folder, quiet_libraries
from core.engine.quality import keep_reference
from core.engine.quality_cache import reference_variant
from core.errors import TradeoffsError
from core.variants.spec import VariantSpec


def ceilings(device: str) -> object:
    """The ceilings of a device as plain values; None where its memory is too full to measure."""
    found = open_ceilings(open_device(device))
    return found.model_dump(mode="json") if found else None


def reference(variant: VariantSpec) -> object:
    """The folder with the reference's probabilities for that variant."""
    wanted = reference_variant(variant)
    _, folder = model_folder(wanted, lambda detail: print(detail, file=sys.stderr))
    loaded = load(wanted, folder, open_device(wanted.device))
    return str(keep_reference(loaded, folder, Cancellation()))


def main() -> int:
    """Answer one question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", choices=("ceilings", "reference"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--variant")
    asked = parser.parse_args()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    quiet_libraries()
    try:
        if asked.question == "ceilings":
            answer = ceilings(asked.device)
        else:
            answer = reference(VariantSpec.model_validate_json(asked.variant))
    except TradeoffsError as error:
        print(error, file=sys.stderr)
        return 1
    json.dump(answer, answers)
    answers.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
