"""Plans cells one after the other: their order, and what each adds to those before it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.analysis.forecast.cell_time import Before, cell_time, quality_key, reference_of
from core.analysis.forecast.evidence import Evidence, Seen
from core.analysis.forecast.need import Asked, Needs
from core.analysis.forecast.span import Span
from core.variants.environment import Environment
from core.variants.spec import RunSpec, VariantSpec

PROCESS_BYTES = {"cpu": 450e6, "cuda": 0.0}


@dataclass(frozen=True)
class PlannedCell:
    """A cell in its place. `run_id` names the measured run that is taken for it; `seconds` are
    what it adds to the sweep, of which `timed` are warm-up and measuring; None where its model's
    sizes are not known. `loads` is whether its variant is loaded for it, `measured` whether its
    time rests on measured runs, which `basis` names.
    """

    spec: RunSpec
    run_id: str | None = None
    seconds: Span | None = None
    timed: Span | None = None
    peak_bytes: int | None = None
    loads: bool = False
    basis: str = ""
    measured: bool = False


@dataclass(frozen=True)
class TooLarge:
    """A cell that needs more than its device has in all, so that it is not tried."""

    spec: RunSpec
    needed_bytes: int
    device_bytes: int


class Planner:
    """Knows what the cells planned so far leave behind: loaded variants, kept qualities."""

    def __init__(self, environment: Environment, evidence: Evidence) -> None:
        self._environment = environment
        self._evidence = evidence
        self._needs = Needs(environment)
        self._workers: set[str] = set()
        self._loaded: set[VariantSpec] = set()
        self._judged = {
            quality_key(one.run.spec.variant) for one in evidence.seen if one.run.quality
        }

    def too_large(self, spec: RunSpec) -> TooLarge | None:
        """Whether the spec needs more than its device has in all."""
        asked = self._needs.asked(spec)
        device = self._environment.device(spec.variant.device)
        if asked is None or device is None or asked.needed_bytes <= device.memory_bytes:
            return None
        return TooLarge(spec, asked.needed_bytes, device.memory_bytes)

    def is_tight(self, cell: PlannedCell) -> bool:
        """Whether a cell that is measured needs more than is free now."""
        asked = self._needs.asked(cell.spec)
        device = self._environment.device(cell.spec.variant.device)
        if asked is None or device is None or cell.run_id:
            return False
        return asked.needed_bytes > device.free_bytes

    def in_order(self, specs: Sequence[RunSpec], reused: Mapping[str, str]) -> list[RunSpec]:
        """The specs of each variant together, cheap ones first; the reused ones cost nothing."""
        cost_s = {spec: 0.0 if spec.id in reused else self._alone_s(spec) for spec in specs}
        groups: dict[VariantSpec, list[RunSpec]] = defaultdict(list)
        for spec in specs:
            groups[spec.variant].append(spec)
        cheap_first = sorted(groups.values(), key=lambda group: sum(cost_s[spec] for spec in group))
        return [
            spec
            for group in cheap_first
            for spec in sorted(group, key=lambda one: (one.workload.draft_model or "", cost_s[one]))
        ]

    def next_cell(self, spec: RunSpec, run_id: str | None) -> PlannedCell:
        """The cell as it comes after those before it."""
        if run_id:
            return PlannedCell(spec, run_id)
        variant, asked = spec.variant, self._needs.asked(spec)
        before = self._before(variant)
        took = cell_time(asked, before, self._evidence) if asked else None
        self._leave_behind(spec)
        return PlannedCell(
            spec=spec,
            seconds=took.total if took else None,
            timed=took.timed if took else None,
            peak_bytes=self._peak_bytes(asked) if asked else None,
            loads=not before.loaded,
            basis=took.basis if took else "its model's sizes are not known",
            measured=took is not None and took.measured,
        )

    def _alone_s(self, spec: RunSpec) -> float:
        """What a cell takes once its variant is loaded; one of unknown size comes last."""
        asked = self._needs.asked(spec)
        before = Before(loaded=True, quality=True)
        return cell_time(asked, before, self._evidence).total.likely if asked else float("inf")

    def _before(self, variant: VariantSpec) -> Before:
        return Before(
            worker=variant.device in self._workers,
            loaded=variant in self._loaded,
            quality=quality_key(variant) in self._judged,
            reference=reference_of(variant) in self._judged,
        )

    def _leave_behind(self, spec: RunSpec) -> None:
        variant = spec.variant
        self._workers.add(variant.device)
        self._loaded.add(variant)
        if spec.workload.quality:
            self._judged |= {quality_key(variant), reference_of(variant)}

    def _peak_bytes(self, asked: Asked) -> int:
        """What is needed, and what there usually is beside it: the process, and fragments."""
        variant = asked.spec.variant
        usual = self._evidence.usual(_beside_bytes, variant.__eq__)
        if usual is None:
            usual = self._evidence.usual(_beside_bytes, lambda one: one.device == variant.device)
        return asked.needed_bytes + int(
            PROCESS_BYTES[asked.device_kind] if usual is None else usual
        )


def _beside_bytes(one: Seen) -> float | None:
    """What a run's process held beside weights, cache and activations."""
    memory = one.run.memory
    parts = (memory.runtime_bytes, memory.rest_bytes)
    return sum(part or 0 for part in parts) if any(part is not None for part in parts) else None
