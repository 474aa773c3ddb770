"""What a load test is asked: the controls of the page together, and what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.experiments.batching.load_request import LoadTestRequest
from core.variants.environment import Environment
from core.variants.policy import Policy
from pages.widgets.batching import load_state
from pages.widgets.batching.load_request import LoadRequest, check_load
from pages.widgets.batching.variant_box import check_variant
from pages.widgets.request import Request


@dataclass(frozen=True)
class Asked:
    """The load and the variant as they are checked."""

    load: LoadRequest
    variant: Request

    @property
    def at_fault(self) -> list[str]:
        """What must be mended before anything can be measured."""
        return [*self.load.at_fault, *self.variant.errors]

    def request(self, measured: Sequence[Policy] = ()) -> LoadTestRequest | None:
        """A load test with these policies measured, or of the steps alone; None while anything is
        wrong.
        """
        load, spec = self.load.load, self.variant.spec
        if self.at_fault or load is None or spec is None:
            return None
        return LoadTestRequest(
            variant=spec.variant,
            load=load,
            simulated=self.load.policies,
            measured=tuple(measured),
            **load_state.measuring(),
        )


def ask(environment: Environment) -> Asked:
    """What the controls ask for now."""
    load_state.start_load()
    return Asked(check_load(), check_variant(environment))
