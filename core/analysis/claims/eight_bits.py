"""Claim 2: 8-bit quantisation reduces memory by 75 % and often speeds up inference."""

from collections.abc import Iterator

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.ratios import ratio_of
from core.analysis.claims.verdict import (
    Curve,
    Measure,
    Part,
    Picture,
    Verdict,
    combined,
    exactly,
    gain_part,
    is_lower,
    on_a_gpu,
    reaches,
)
from core.results.format import show
from core.results.types import RunResult
from core.variants.catalogue import entries
from core.variants.environment import CPU
from core.variants.footprint import weights_bytes
from core.variants.precision import Precision
from core.variants.shapes import ModelShape, shape_of_config
from core.variants.spec import RunSpec, VariantSpec

CLAIMED_SHARE, HALF_SHARE = 0.745, 0.5
BASES = (Precision.FP32, Precision.FP16)
NEW_TOKENS = {"cpu": 8, "cuda": 64}
BASE_WORDS = {Precision.FP32: "32-bit floats", Precision.FP16: "16-bit floats"}
MEMORY_RULE = (
    "Holds where the weights shrink by 75 % (74.5 % rounds to it), in part from 50 % on, fails "
    "below that."
)
PUBLISHED_MEMORY = {
    Precision.FP32: "distilgpt2 −63 %, gpt2-large −73 % (bitsandbytes int8, counted by shape)",
    Precision.FP16: "distilgpt2 −26 %, gpt2-large −46 % (bitsandbytes int8, counted by shape)",
}
PUBLISHED_SPEED = (
    "RTX 4090, Llama-3.1-8B: 0.47 ×; H100, the same: 0.30 ×; T4, Qwen2.5-3B: 0.23 × (bitsandbytes "
    "0.45's own table, default int8, batch 1)"
)


def int8_label(base: Precision) -> str:
    """The arm of int8 beside that base."""
    return f"int8 beside {base}"


def trial(setting: Setting) -> tuple[Step, ...]:
    """int8 in turns with 32 bits, and with the 16 bits in which it computes itself."""
    return tuple(
        Step(
            (
                Arm(str(base), _spec(setting, base)),
                Arm(int8_label(base), _spec(setting, Precision.INT8)),
            )
        )
        for base in BASES
    )


def _spec(setting: Setting, precision: Precision) -> RunSpec:
    return setting.spec(
        precision=precision, max_new_tokens=NEW_TOKENS[setting.device.kind], quality=True
    )


def judge(measured: Measured) -> Verdict:
    """By the bytes of the weights, and by the ratio of times, against either base."""
    parts = tuple(part for base in BASES for part in _against(measured, base))
    if not parts:
        return no_verdict("int8 was not measured beside 32 or 16 bits.", PHYSICS)
    parts += (*_on_a_gpu(measured), *_quality(measured))
    kind = combined(parts)
    return Verdict(
        kind=kind,
        sentence=_sentence(measured),
        parts=parts,
        reason=_reason(measured),
        pictures=(_picture(measured),),
    )


def _against(measured: Measured, base: Precision) -> Iterator[Part]:
    arms = measured.both(str(base), int8_label(base))
    if arms is None:
        return
    usual, int8 = arms
    saved = saving(usual.memory.weights_bytes, int8.memory.weights_bytes)
    yield Part(
        what=f"Weights, less than {BASE_WORDS[base]}",
        claimed="75 %",
        claimed_value=0.75,
        measured=saved,
        kind=reaches(saved, CLAIMED_SHARE, HALF_SHARE),
        rule=MEMORY_RULE,
        published=PUBLISHED_MEMORY[base],
    )
    yield Part(
        what=f"Peak of the whole process, less than {BASE_WORDS[base]}",
        measured=saving(usual.memory.peak_bytes, int8.memory.peak_bytes),
    )
    yield gain_part(
        f"Speed, against {BASE_WORDS[base]}",
        "often faster: above 1 ×",
        ratio_of(usual, int8),
        "the speed",
        published=_published_speed(int8, base),
    )


def _published_speed(int8: RunResult, base: Precision) -> str:
    """On a GPU and against 16 bits there is something to hold it against."""
    on_gpu = int8.spec.variant.device != CPU
    return PUBLISHED_SPEED if on_gpu and base is Precision.FP16 else ""


def _quality(measured: Measured) -> Iterator[Part]:
    """What the saving costs in quality, against the fp32 reference."""
    for label in (int8_label(base) for base in BASES):
        result = measured.get(label)
        if result and result.quality:
            ratio = exactly(result.quality.perplexity_ratio, "ratio")
            same = exactly(result.quality.top1_agreement, "share")
            yield Part(what="Perplexity, int8 over fp32", measured=ratio)
            yield Part(what="Tokens on which int8 and fp32 agree", measured=same)
            return


def saving(usual: int | None, less: int | None) -> Measure | None:
    """By which share the bytes shrink; None where either is unknown."""
    return exactly(1 - less / usual, "share") if usual and less is not None else None


def _sentence(measured: Measured) -> str:
    said = []
    for base in BASES:
        arms = measured.both(str(base), int8_label(base))
        if arms is None:
            continue
        saved = saving(arms[0].memory.weights_bytes, arms[1].memory.weights_bytes)
        share = show(saved.value if saved else None, "share")
        said.append(
            f"Against {BASE_WORDS[base]} int8 takes {share} less memory for weights and is "
            f"{_speed(ratio_of(*arms))}."
        )
    return " ".join(said)


def _speed(ratio: Measure | None) -> str:
    if ratio is None:
        return "of unknown speed"
    if is_lower(ratio):
        return f"slower: {ratio} the speed"
    return f"{ratio} as fast"


def _reason(measured: Measured) -> str:
    result = next(filter(None, (measured.get(int8_label(base)) for base in BASES)), None)
    shape = _shape_of(result) if result else None
    if result is None or shape is None:
        return PHYSICS
    kept = shape.other_parameters / shape.parameters
    words = (
        f"{PHYSICS} Of this model's parameters {show(kept, 'share')} are embeddings, output head "
        "and norms, which bitsandbytes leaves in 16 bits."
    )
    if result.spec.variant.device == CPU:
        words += (
            " A CPU has no fast kernel for it here: each layer quantises its input, multiplies in "
            "8 bits and scales back, and that takes longer than reading fewer bytes saves."
        )
    return words


def _on_a_gpu(measured: Measured) -> Iterator[Part]:
    """The part of the claim that a processor cannot try."""
    if any(result.spec.variant.device == CPU for result in measured.results.values()):
        what = "Speed by bitsandbytes' CUDA kernels, against 16-bit floats"
        yield on_a_gpu(what, "often faster: above 1 ×", PUBLISHED_SPEED)


def _picture(measured: Measured) -> Picture:
    """The saving by the formula over all models of the catalogue, and the measured one."""
    computed = [_computed(base) for base in BASES]
    points = [point for base in BASES if (point := _point(measured, base))]
    return Picture(
        title="Weights saved by int8, by size of model",
        takeaway="The larger a model, the smaller the share of its embeddings: only then does the "
        "saving come near 75 % of 32 bits, and 50 % of 16 bits.",
        x_label="parameters",
        y_label="saved",
        y_unit="share",
        curves=(*computed, *points),
        log_x=True,
    )


def _computed(base: Precision) -> Curve:
    shapes = [shape_of_config(entry.config) for entry in entries().values()]
    known = sorted((shape for shape in shapes if shape), key=lambda shape: shape.parameters)
    return Curve(
        name=f"formula, less than {base}",
        x=tuple(float(shape.parameters) for shape in known),
        y=tuple(computed_saving(shape, base) for shape in known),
        dashed=True,
    )


def computed_saving(shape: ModelShape, base: Precision) -> float:
    """Which share of the weights' bytes int8 saves, by the sizes alone."""
    int8 = weights_bytes(shape, VariantSpec(precision=Precision.INT8))
    return 1 - int8 / weights_bytes(shape, VariantSpec(precision=base))


def _point(measured: Measured, base: Precision) -> Curve | None:
    arms = measured.both(str(base), int8_label(base))
    if arms is None or arms[0].model is None:
        return None
    saved = saving(arms[0].memory.weights_bytes, arms[1].memory.weights_bytes)
    x = (float(arms[0].model.parameters),)
    return Curve(name=f"measured, less than {base}", x=x, y=(saved.value,)) if saved else None


def _shape_of(result: RunResult) -> ModelShape | None:
    entry = entries().get(result.spec.variant.model)
    return shape_of_config(entry.config) if entry else None


PHYSICS = (
    "8 bits are a quarter of 32 and half of 16, so only linear layers that had 32 bits shrink by "
    "75 %."
)
CLAIM = Claim(
    number=2,
    title="8-bit quantisation",
    quote="8-bit quantisation “reduces memory by 75 %” and often speeds up inference.",
    measured="bitsandbytes int8 in turns with 32-bit floats, and with the 16-bit floats that it "
    "computes in: bytes of weights, peak, time, and quality against the reference.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
)
