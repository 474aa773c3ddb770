"""What a run needs before it is started: its prompt's tokens, its bytes, its device's speeds."""

from dataclasses import dataclass

from core.analysis.forecast.speeds import Speeds, between, speeds_of
from core.errors import RequestError
from core.results.ceilings import known_ceilings
from core.variants.drafts import draft_bytes
from core.variants.environment import Environment
from core.variants.footprint import Footprint, footprint
from core.variants.models import shape_of
from core.variants.shapes import ModelShape
from core.variants.source import model_of
from core.variants.spec import RunSpec, VariantSpec
from core.variants.tokens import count_tokens

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Asked:
    """A run that is asked for: its prompt's tokens, its model's sizes, its bytes by part, those of
    a draft, and how fast its device is likely to be.
    """

    spec: RunSpec
    prompt_tokens: int
    shape: ModelShape
    need: Footprint
    draft_bytes: int
    speeds: Speeds

    @property
    def device_kind(self) -> str:
        """`cpu` or `cuda`."""
        return self.spec.variant.device.partition(":")[0]

    @property
    def needed_bytes(self) -> int:
        """Everything that is loaded and worked with, the process itself not counted."""
        return self.need.total_bytes + self.draft_bytes

    @property
    def a_token_s(self) -> float:
        """Seconds of computing one token of one row, as far as they are known beforehand."""
        return 2 * self.shape.parameters / between(*self.speeds.flops_per_s)


class Needs:
    """What runs need on this machine; the sizes of a variant are looked up once."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._ceilings = {found.device_name: found for found in known_ceilings()}
        self._variants: dict[VariantSpec, tuple[ModelShape, Speeds] | None] = {}
        self._asked: dict[RunSpec, Asked | None] = {}

    def asked(self, spec: RunSpec) -> Asked | None:
        """What the spec needs; None where its model's sizes or its device are not known."""
        if spec not in self._asked:
            self._asked[spec] = self._ask(spec)
        return self._asked[spec]

    def _ask(self, spec: RunSpec) -> Asked | None:
        variant = spec.variant
        if variant not in self._variants:
            self._variants[variant] = self._look_up(variant)
        found = self._variants[variant]
        if found is None:
            return None
        tokens = prompt_tokens(spec)
        need = footprint(spec, found[0], tokens)
        return Asked(spec, tokens, found[0], need, draft_bytes(spec), found[1])

    def _look_up(self, variant: VariantSpec) -> tuple[ModelShape, Speeds] | None:
        device = self._environment.device(variant.device)
        try:
            shape = shape_of(model_of(variant))
        except RequestError:
            return None
        if shape is None or device is None:
            return None
        ceilings = self._ceilings.get(device.name)
        return shape, speeds_of(variant, device, self._environment, ceilings)


def prompt_tokens(spec: RunSpec) -> int:
    """Tokens of the prompt; guessed from its length until the tokenizer is here."""
    workload = spec.workload
    if workload.prompt is None:
        return workload.prompt_tokens or 0
    counted = count_tokens(model_of(spec.variant), workload.prompt)
    return counted or len(workload.prompt) // CHARACTERS_PER_TOKEN + 1
