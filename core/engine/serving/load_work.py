"""A load order as the worker's service carries it out: load the variant, warm up, then measure its
steps or serve the load.
"""

import time
from collections.abc import Callable, Sequence

from core.engine.ceilings import open_ceilings
from core.engine.failures import Fault
from core.engine.host import CpuShareWatch, device_state, run_environment
from core.engine.loader import Loaded
from core.engine.phases import Phases
from core.engine.preparation import prepare_variant
from core.engine.run import Bench
from core.engine.serving.batches import BatchRunner
from core.engine.serving.calibrate import context_of, measure_steps, watch_effective
from core.engine.serving.clock import LoadClock
from core.engine.serving.continuous import ContinuousServer
from core.engine.serving.prompts import Prompts
from core.engine.serving.serve_batches import ServedAndSteps, serve_batches
from core.engine.serving.serve_continuous import serve_continuously
from core.jobs.protocol import Event, LoadCommand, LoadEnded
from core.results.load_outcome import CalibrationEnd, LoadFailure, ServingEnd
from core.results.measured import Phase
from core.results.observed import Ceilings, DeviceState, RunEnvironment
from core.results.serving import Calibration, ServedLoad
from core.results.types import now
from core.variants.arrivals import Request, requests_of
from core.variants.load_order import CalibrationOrder, ServingOrder, spec_of
from core.variants.policy import PolicyKind

WARM_TOKENS = 4


class LoadWork:
    """One order by itself."""

    def __init__(self, command: LoadCommand, bench: Bench, send: Callable[[Event], None]) -> None:
        self.run_id = command.run_id
        self._command = command
        self._bench = bench
        self._phases = Phases(command.run_id, bench.cancellation, send)

    def carry_out(self) -> Event:
        """All phases. Raises RunError, RequestError, MemoryStuck, or what the libraries raise."""
        self._phases.enter(Phase.LOADING, "what this device can do at most")
        ceilings = open_ceilings(self._bench.device)
        loaded = self._loaded()
        order = self._command.order
        if isinstance(order, CalibrationOrder):
            return LoadEnded(outcome=self._calibrated(order, loaded, ceilings))
        return LoadEnded(outcome=self._served(order, loaded, ceilings))

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised."""
        failure = LoadFailure(
            run_id=self.run_id,
            finished_at=now(),
            phase=self._phases.current,
            **fault.model_dump(),
        )
        return LoadEnded(outcome=failure)

    def _loaded(self) -> Loaded:
        """The variant in memory, with room for the largest batch."""
        order, bench = self._command.order, self._bench

        def tell(detail: str) -> None:
            self._phases.enter(Phase.LOADING, detail)

        tell("reading the model's files")
        spec = spec_of(order.variant, order.range)
        return prepare_variant(spec, bench.cache, bench.device, tell).loaded

    def _calibrated(
        self, order: CalibrationOrder, loaded: Loaded, ceilings: Ceilings | None
    ) -> CalibrationEnd:
        bench, phases = self._bench, self._phases
        phases.enter(Phase.WARMING_UP)
        effective = watch_effective(loaded, order.range, bench.device, bench.cancellation)
        before, watch = device_state(bench.device), CpuShareWatch()
        phases.enter(Phase.MEASURING)
        measured = measure_steps(
            loaded, order.range, order.seconds, bench.device, bench.cancellation, phases.tell
        )
        after = device_state(bench.device, watch)
        calibration = Calibration(
            variant=order.variant,
            samples=tuple(measured.samples),
            batch_overhead_s=tuple(measured.overhead_s),
            context=context_of(loaded),
            measured_at=now(),
            environment=self._environment(before, after, ceilings),
            effective=effective,
        )
        return CalibrationEnd(run_id=self.run_id, finished_at=now(), calibration=calibration)

    def _served(self, order: ServingOrder, loaded: Loaded, ceilings: Ceilings | None) -> ServingEnd:
        requests, phases = requests_of(order.load), self._phases
        phases.enter(Phase.WARMING_UP)
        serve = self._continuous if order.policy.kind is PolicyKind.CONTINUOUS else self._batched
        before, watch, started_at = device_state(self._bench.device), CpuShareWatch(), now()
        began_s = time.perf_counter()
        served, steps = serve(order, loaded, requests)
        seconds = time.perf_counter() - began_s
        after = device_state(self._bench.device, watch)
        return ServingEnd(
            run_id=self.run_id,
            finished_at=now(),
            served=ServedLoad(
                load=order.load,
                policy=order.policy,
                simulated=False,
                served=tuple(sorted(served, key=lambda one: one.number)),
                steps=tuple(steps),
                variant=order.variant,
                started_at=started_at,
            ),
            seconds=seconds,
            environment=self._environment(before, after, ceilings),
        )

    def _batched(
        self, order: ServingOrder, loaded: Loaded, requests: Sequence[Request]
    ) -> ServedAndSteps:
        sizes, bench = order.range, self._bench
        runner = BatchRunner(loaded, bench.device, bench.cancellation)
        prompts = Prompts(loaded, sizes.longest_prompt)
        for rows in dict.fromkeys((sizes.most_rows, 1)):
            runner.run(prompts.batch([sizes.longest_prompt] * rows), WARM_TOKENS)
        clock = self._begin(len(requests))
        return serve_batches(
            requests, order.policy, runner, prompts, clock, self._progress(len(requests))
        )

    def _continuous(
        self, order: ServingOrder, loaded: Loaded, requests: Sequence[Request]
    ) -> ServedAndSteps:
        sizes, cancellation = order.range, self._bench.cancellation
        prompts = Prompts(loaded, sizes.longest_prompt)
        with ContinuousServer(loaded, sizes) as server:
            server.warm_up(prompts, WARM_TOKENS, cancellation)
            clock = self._begin(len(requests))
            tell = self._progress(len(requests))
            return serve_continuously(requests, server, prompts, clock, cancellation, tell)

    def _begin(self, requests: int) -> LoadClock:
        self._phases.enter(Phase.MEASURING)
        self._progress(requests)(0)
        return LoadClock(self._bench.cancellation)

    def _progress(self, requests: int) -> Callable[[int], None]:
        return lambda served: self._phases.tell(served, requests, "requests served")

    def _environment(
        self, before: DeviceState, after: DeviceState, ceilings: Ceilings | None
    ) -> RunEnvironment:
        device, replaced = self._command.order.variant.device, self._command.worker_replaced
        return run_environment(device, before, after, replaced, ceilings)
