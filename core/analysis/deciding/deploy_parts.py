"""The pieces of a deploy script that levers decide: loading, compiling, the draft, the cache."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.variants.attention import ATTENTIONS
from core.variants.compilation import Compilation, CompileMode
from core.variants.decoding import Decoding
from core.variants.environment import CPU
from core.variants.kv_cache import KV_CACHES, KVCache
from core.variants.precision import Precision
from core.variants.spec import RunSpec, VariantSpec, Workload


@dataclass(frozen=True)
class Quantisation:
    """transformers' class for it, its arguments, and imports that those need."""

    config_class: str
    arguments: str
    imports: tuple[str, ...] = ()


def quantisation_of(variant: VariantSpec) -> Quantisation | None:
    """How the weights are quantised; None where they are plain floats."""
    return _of_bitsandbytes(variant) or _of_torchao(variant.precision)


def _of_bitsandbytes(variant: VariantSpec) -> Quantisation | None:
    thresholds = {Precision.INT8: 6.0, Precision.INT8_THRESHOLD_0: 0.0}
    if variant.precision in thresholds:
        threshold = thresholds[variant.precision]
        arguments = f"load_in_8bit=True, llm_int8_threshold={threshold}"
        return Quantisation("BitsAndBytesConfig", arguments)
    kinds = {Precision.NF4: "nf4", Precision.NF4_DOUBLE: "nf4", Precision.FP4: "fp4"}
    if variant.precision not in kinds:
        return None
    double = variant.precision is Precision.NF4_DOUBLE
    arguments = (
        f'\n    load_in_4bit=True,\n    bnb_4bit_quant_type="{kinds[variant.precision]}",\n'
        f"    bnb_4bit_compute_dtype=torch.{variant.compute_dtype},\n"
        f"    bnb_4bit_use_double_quant={double},\n"
    )
    return Quantisation("BitsAndBytesConfig", arguments)


def _of_torchao(precision: Precision) -> Quantisation | None:
    made = {
        Precision.TORCHAO_INT8: ("Int8WeightOnlyConfig", ""),
        Precision.TORCHAO_INT4: (
            "Int4WeightOnlyConfig",
            'group_size=64, int4_packing_format="tile_packed_to_4d"',
        ),
    }
    if precision not in made:
        return None
    kind, arguments = made[precision]
    imports = (f"from torchao.quantization import {kind}",)
    return Quantisation("TorchAoConfig", f"{kind}({arguments})", imports)


def load_lines(variant: VariantSpec) -> Iterator[str]:
    """Tokenizer and model."""
    quantisation = quantisation_of(variant)
    if quantisation:
        yield f"quantisation = {quantisation.config_class}({quantisation.arguments})"
    yield "tokenizer = AutoTokenizer.from_pretrained("
    yield '    MODEL, revision=MODEL_REVISION, padding_side="left"'
    yield ")"
    yield "if tokenizer.pad_token_id is None:"
    yield "    tokenizer.pad_token = tokenizer.eos_token"
    yield from _model_lines("model", "MODEL", variant)
    yield ""


def _model_lines(name: str, source: str, variant: VariantSpec) -> Iterator[str]:
    yield f"{name} = AutoModelForCausalLM.from_pretrained("
    yield f"    {source},"
    yield f"    revision={source}_REVISION,"
    yield f"    dtype=torch.{variant.compute_dtype},"
    yield f'    attn_implementation="{ATTENTIONS[variant.attention].implementation}",'
    if quantisation_of(variant):
        yield "    quantization_config=quantisation,"
    if variant.device != CPU:
        yield f'    device_map={{"": "{variant.device}"}},'
    yield "    use_safetensors=True,"
    yield ").eval()"


def compile_lines(variant: VariantSpec) -> Iterator[str]:
    """What is compiled; the first generation of each shape then takes long."""
    if variant.compile is Compilation.OFF:
        return
    mode = "" if variant.compile_mode is CompileMode.DEFAULT else f', mode="{variant.compile_mode}"'
    how = f'backend="{variant.compile_backend}"{mode}'
    if variant.compile is Compilation.WHOLE:
        yield "# The first generation of each shape compiles, and takes long."
        yield "plain = model.forward"
        yield f"model.forward = functools.wraps(plain)(torch.compile(plain, {how}))"
        yield ""
        return
    yield "# Each block's parts but attention, which has a layer's number; parts of one class share"
    yield "# one compiled function. An approximation: names of parts differ between architectures."
    yield "lists = [m for m in model.modules() if isinstance(m, torch.nn.ModuleList)]"
    yield "compiled = {}"
    yield "for block in max(lists, key=len):"
    yield "    for name, part in block.named_children():"
    yield '        attends = "attn" in name or "attention" in name.removeprefix("post_attention")'
    yield '        if attends or type(part).__module__.startswith("torch."):'
    yield "            continue"
    yield "        kind = type(part)"
    yield "        if kind not in compiled:"
    yield f"            compiled[kind] = torch.compile(kind.forward, {how})"
    yield "        part.forward = functools.partial(compiled[kind], part)"
    yield ""


def draft_lines(spec: RunSpec) -> Iterator[str]:
    """The smaller model that guesses: precision and attention as the model's, not compiled."""
    if spec.workload.decoding is not Decoding.SPECULATIVE:
        return
    yield from _model_lines("draft", "DRAFT", spec.variant)
    yield f"draft.generation_config.num_assistant_tokens = {spec.workload.draft_tokens}"
    yield 'draft.generation_config.num_assistant_tokens_schedule = "constant"'
    yield "draft.generation_config.assistant_confidence_threshold = 0.0"
    yield ""


def cache_lines(workload: Workload) -> Iterator[str]:
    """The cache of one generation."""
    row = KV_CACHES[workload.kv_cache]
    if workload.kv_cache is KVCache.OFF:
        return
    if workload.kv_cache is KVCache.STATIC:
        yield "# Allocated before the first token, as compiled graphs want it; call cache.reset()"
        yield "# before the next generation of this shape."
        yield "text = model.config.get_text_config(decoder=True)"
        yield 'heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads'
        yield 'head_dim = getattr(text, "head_dim", None)'
        yield "head_dim = head_dim or text.hidden_size // text.num_attention_heads"
        yield "cache = StaticCache(config=model.config, max_cache_len=prompt_tokens + new_tokens)"
        yield "cache.early_initialization("
        yield "    len(prompts), heads, head_dim, model.dtype, model.device"
        yield ")"
    elif row.backend:
        yield f'cache = QuantizedCache("{row.backend}", model.config)  # a new one each time'
    else:
        offloading = ", offloading=True" if workload.kv_cache is KVCache.OFFLOADED else ""
        yield f"cache = DynamicCache(config=model.config{offloading})  # a new one each time"
    yield ""
