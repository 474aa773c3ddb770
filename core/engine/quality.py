"""Quality of a variant against its reference: the same model in fp32, on a fixed text.

Mean KL divergence D(reference || variant) per token in nats (Kullback and Leibler 1951),
agreement of the most likely tokens, and perplexity: e to the mean negative log likelihood.
Measured once per model, precision and attention, and cached on disk.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from core.engine.cancellation import Cancellation
from core.engine.loader import Loaded
from core.home import quality_folder
from core.results.types import Quality
from core.variants.attention import Attention
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.precision import ComputeDtype, Precision
from core.variants.spec import VariantSpec

TEXTS = Path(__file__).parent / "quality_texts"
MOST_TOKENS = 512


@dataclass(frozen=True)
class Passage:
    """Token ids of one text, (tokens,), and the variant's log probabilities of the next token,
    (tokens - 1, vocabulary), in fp32 on the CPU.
    """

    ids: torch.Tensor
    log_probabilities: torch.Tensor


def reference_variant(variant: VariantSpec) -> VariantSpec:
    """What a variant is compared with: fp32, sdpa, not compiled."""
    return variant.model_copy(
        update={
            "precision": Precision.FP32,
            "compute_dtype": ComputeDtype.FLOAT32,
            "compile_mode": CompileMode.DEFAULT,
            "compile_backend": CompileBackend.INDUCTOR,
            "attention": Attention.SDPA,
            "compile": Compilation.OFF,
        }
    )


def cached_quality(variant: VariantSpec, folder: Path) -> Quality | None:
    """An earlier measurement of the same weights, precision, attention and libraries."""
    file = _result_file(variant, folder)
    if not file.exists():
        return None
    return Quality.model_validate_json(file.read_text(encoding="utf-8"))


def measure_quality(
    loaded: Loaded,
    folder: Path,
    load_reference: Callable[[VariantSpec], Loaded],
    cancellation: Cancellation,
) -> Quality:
    """Measure, and keep the measurement on disk. Loads the reference unless it was kept too."""
    reference = _reference_passages(loaded, folder, load_reference, cancellation)
    passages = _passages(loaded, cancellation)
    quality = compare(reference, passages, reference_variant(loaded.variant).id)
    _write(_result_file(loaded.variant, folder), quality.model_dump_json().encode())
    return quality


def compare(reference: list[Passage], passages: list[Passage], reference_id: str) -> Quality:
    """The figures of a variant's passages against the reference's, over all tokens together."""
    tokens, kl, agreed, nll, reference_nll = 0, 0.0, 0, 0.0, 0.0
    for expected, found in zip(reference, passages, strict=True):
        p, q = expected.log_probabilities, found.log_probabilities
        targets = found.ids[1:, None]
        tokens += len(targets)
        kl += float((p.exp() * (p - q)).sum(dim=-1, dtype=torch.float64).sum())
        agreed += int((p.argmax(dim=-1) == q.argmax(dim=-1)).sum())
        nll -= float(q.gather(1, targets).sum(dtype=torch.float64))
        reference_nll -= float(p.gather(1, targets).sum(dtype=torch.float64))
    perplexity = torch.tensor(nll / tokens, dtype=torch.float64).exp().item()
    ratio = torch.tensor((nll - reference_nll) / tokens, dtype=torch.float64).exp().item()
    return Quality(
        reference=reference_id,
        tokens=tokens,
        mean_kl_nats=max(0.0, kl / tokens),
        top1_agreement=agreed / tokens,
        perplexity=perplexity,
        perplexity_ratio=ratio,
    )


def _passages(loaded: Loaded, cancellation: Cancellation) -> list[Passage]:
    passages = []
    for file in sorted(TEXTS.glob("*.txt")):
        cancellation.check()
        text = file.read_text(encoding="utf-8")
        ids = torch.tensor(loaded.tokenizer(text)["input_ids"][:MOST_TOKENS])
        with torch.inference_mode():
            batch = ids[None].to(loaded.model.device)
            logits = loaded.plain_forward(input_ids=batch, use_cache=False).logits[0, :-1]
            passages.append(Passage(ids, logits.float().log_softmax(dim=-1).cpu()))
    return passages


def _reference_passages(
    loaded: Loaded,
    folder: Path,
    load_reference: Callable[[VariantSpec], Loaded],
    cancellation: Cancellation,
) -> list[Passage]:
    reference = reference_variant(loaded.variant)
    file = _result_file(reference, folder).with_suffix(".safetensors")
    if file.exists():
        return _read_passages(file)
    passages = _passages(load_reference(reference), cancellation)
    _write_passages(file, passages)
    return passages


def _read_passages(file: Path) -> list[Passage]:
    tensors = load_file(file)
    count = len(tensors) // 2
    return [Passage(tensors[f"ids_{i}"], tensors[f"log_{i}"]) for i in range(count)]


def _write_passages(file: Path, passages: list[Passage]) -> None:
    tensors = {f"ids_{i}": passage.ids for i, passage in enumerate(passages)}
    tensors |= {f"log_{i}": p.log_probabilities.clone() for i, p in enumerate(passages)}
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    save_file(tensors, unfinished)
    unfinished.replace(file)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(file)


def _result_file(variant: VariantSpec, folder: Path) -> Path:
    """Named by everything that could change the figures."""
    weights = sorted(folder.glob("*.safetensors"))
    key = {
        "model": str(folder),
        "weights": [[w.name, w.stat().st_size, w.stat().st_mtime_ns] for w in weights],
        "precision": variant.precision,
        "attention": variant.attention,
        "device": variant.device.split(":")[0],
        "texts": [file.read_text(encoding="utf-8") for file in sorted(TEXTS.glob("*.txt"))],
        "libraries": [version(name) for name in ("torch", "transformers", "bitsandbytes")],
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    return quality_folder() / f"{digest}.json"
