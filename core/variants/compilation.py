"""Whether the model's forward pass is compiled before it runs."""

from enum import StrEnum

from core.variants.attention import Attention
from core.variants.choice import Choice
from core.variants.environment import Device
from core.variants.support import USABLE, Support, needs_compiler


class Compilation(StrEnum):
    """torch.compile off or on."""

    OFF = "off"
    ON = "on"


COMPILATIONS: dict[Compilation, Choice] = {
    Compilation.OFF: Choice("off", "Runs the model's Python code as it is."),
    Compilation.ON: Choice(
        "on",
        "torch.compile of the whole forward pass (Inductor): the first run of each shape "
        "compiles, often for a minute; later runs may be faster.",
    ),
}


def support(compilation: Compilation, device: Device) -> Support:
    """Whether that choice can run on that device."""
    if compilation is Compilation.OFF:
        return USABLE
    return needs_compiler(device)


def support_with(compilation: Compilation, attention: Attention) -> Support:
    """Whether a compiled forward pass takes that attention backend."""
    if compilation is Compilation.ON and attention is Attention.FLEX_ATTENTION:
        return Support(
            "A compiled forward pass uses a static cache, which does not take flex_attention's "
            "block masks; choose another attention, or torch.compile off."
        )
    return USABLE
