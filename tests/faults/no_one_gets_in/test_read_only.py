"""Read-only holds below the pages: for every call that could write, and for every forged click."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core.analysis.claims.claim import Setting
from core.errors import ReadOnly, RequestError
from core.experiments.batching.load_request import LoadTestRequest
from core.experiments.batching.load_tests import LoadTests
from core.experiments.claims.claims import Claims
from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweep_request import SweepRequest
from core.experiments.sweeps.sweeps import Sweeps
from core.home import READ_ONLY_VARIABLE
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from core.results.measured import Phase
from core.results.types import now
from core.variants.load import Load
from core.variants.pairing import PairPlan
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec
from tests.browser.server import ROOT, serve
from tests.fake_executor import FakeExecutor
from tests.faults.no_one_gets_in.forging import forging_tab
from tests.jobs.test_read_only_manager import CALIBRATE
from tests.samples import a_cpu, a_result, a_spec, an_environment

HERE = an_environment(a_cpu())
PAGES = ("", "start", "sweep", "compare", "decide", "present", "batching", "claims", "history")
SWEEP = SweepRequest(axes={"batch_size": (1, 2)})
LOAD_TEST = LoadTestRequest(
    variant=VariantSpec(), load=Load(requests=5), simulated=(Policy(kind=PolicyKind.NONE),)
)
SWEPT, CLAIMED, LOADED = "sweep", "claim", "load"
READING = {
    JobManager: "active close environment load_snapshot refused residents slot_for slots snapshot "
    "unsaved wait wait_load",
    History: "baseline candidates choices count database get ids in_full in_parts lines "
    "measured_like measured_like_each page pinned_baseline questions queue_place reading rows "
    "runs_of_each similar_results stamp uncompiled_twin",
    Experiments: "get listed matching runs",
    Conductor: "close is_running snapshot stop wait",
    Sweeps: "listed picture request_of stop wait",
    Claims: "latest picture run_ids schedule stop wait",
    LoadTests: "get listed picture plan steps_of stop wait",
}
LEVERS = ("grid_", "attention_", "precision_", "kv_cache_", "engine_", "compile_")
SILENT: dict[type, tuple[str, ...]] = {History: ("beat", "mark_lost"), JobManager: ("mark_lost",)}
"""Calls of the program itself: they leave out what they may not do."""
WRITING: dict[type, dict[str, Callable[[Any], object]]] = {
    JobManager: {
        "submit": lambda jobs: jobs.submit(a_spec()),
        "submit_pair": lambda jobs: jobs.submit_pair(a_spec(), a_spec(), PairPlan()),
        "submit_load": lambda jobs: jobs.submit_load(CALIBRATE),
        "cancel": lambda jobs: jobs.cancel("run-1"),
        "drop": lambda jobs: jobs.drop("cpu", "v"),
        "save_again": lambda jobs: jobs.save_again(),
    },
    History: {
        "add": lambda h: h.add("run-9", a_spec(), now()),
        "annotate": lambda h: h.annotate("run-1", "x"),
        "delete": lambda h: h.delete(["run-1"]),
        "finish": lambda h: h.finish(a_result("run-9")),
        "pin_baseline": lambda h: h.pin_baseline("smollm2-135m", "run-1"),
        "restore": lambda h: h.restore(["run-1"]),
        "set_phase": lambda h: h.set_phase("run-1", Phase.LOADING),
        "tag": lambda h: h.tag(["run-1"], ["x"]),
        "unpin_baseline": lambda h: h.unpin_baseline("smollm2-135m"),
        "writing": lambda h: h.writing().__enter__(),
    },
    Experiments: {
        "begin": lambda e: e.begin(ExperimentKind.SWEEP, "x", {}),
        "end": lambda e: e.end(SWEPT, ExperimentStatus.DONE),
        "keep": lambda e: e.keep(SWEPT, {}),
        "link": lambda e: e.link(SWEPT, "x", "run-1"),
        "take_up": lambda e: e.take_up(SWEPT),
    },
    Conductor: {
        "start": lambda c: c.start(ExperimentKind.SWEEP, "x", {}, lambda _: None),
        "resume": lambda c: c.resume(SWEPT, lambda _: None),
    },
    Sweeps: {
        "start": lambda s: s.start(SWEEP, HERE),
        "resume": lambda s: s.resume(SWEPT, HERE, SWEEP),
    },
    Claims: {
        "start": lambda c: c.start(1, Setting(HERE, HERE.devices[0])),
        "resume": lambda c: c.resume(CLAIMED, HERE),
    },
    LoadTests: {
        "start": lambda tests: tests.start(LOAD_TEST, HERE),
        "resume": lambda tests: tests.resume(LOADED, HERE),
    },
}
CALLS = [(kind, name) for kind, calls in WRITING.items() for name in calls]


@pytest.fixture
def objects(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[type, Any]]:
    """One of each over a history that may not be written."""
    del home
    history = History()
    history.finish(a_result("run-1"))
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")
    with JobManager(make_executor=lambda _: FakeExecutor()) as jobs:
        conductor = Conductor(jobs)
        made = (jobs, jobs.history, conductor.experiments, conductor)
        over = (Sweeps(conductor), Claims(conductor), LoadTests(conductor))
        yield {type(one): one for one in (*made, *over)}


@pytest.mark.parametrize("kind", WRITING, ids=lambda kind: kind.__name__)
def test_each_public_call_is_known_to_read_or_to_write(kind: type) -> None:
    """A new one must be put on one of the lists, and refused if it writes."""
    public = {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}
    assert public == {*READING[kind].split(), *WRITING[kind], *SILENT.get(kind, ())}


@pytest.mark.parametrize(("kind", "name"), CALLS, ids=lambda part: getattr(part, "__name__", part))
def test_each_call_that_writes_is_refused(
    objects: dict[type, Any], home: Path, kind: type, name: str
) -> None:
    before = (home / "history.sqlite3").read_bytes()
    wanted = (ReadOnly, RequestError) if name == "resume" and kind is not Conductor else ReadOnly
    with pytest.raises(wanted):  # there is nothing to resume, which may be noticed first
        WRITING[kind][name](objects[kind])
    assert (home / "history.sqlite3").read_bytes() == before
    assert objects[JobManager].active() == ()


def test_the_programs_own_calls_leave_the_history_as_it_is(
    objects: dict[type, Any], home: Path
) -> None:
    before = (home / "history.sqlite3").read_bytes()
    for kind, names in SILENT.items():
        for name in names:
            getattr(objects[kind], name)()
    assert (home / "history.sqlite3").read_bytes() == before


async def press_everything(url: str, page: str) -> int:
    """Every button of the page at once, each by itself, closed or not; how many there were."""
    async with forging_tab(url, page, "run=run-1") as tab:
        buttons = {k: tab.widgets[k] for k, kind in tab.kinds.items() if kind == "button"}
        buttons.pop("look_at_sample", None)
        await tab.send(*(WidgetState(id=i, trigger_value=True) for i in buttons.values()))
    for key in [
        key for key in buttons if not key.startswith(("grid_", "attention_", "precision_"))
    ]:
        async with forging_tab(url, page, "run=run-1") as tab:
            if key in tab.widgets:
                await tab.send(WidgetState(id=tab.widgets[key], trigger_value=True))
            assert tab.exceptions == []
    return len(buttons)


@pytest.mark.parametrize(
    "page",
    [page if page in ("", "history") else pytest.param(page, marks=pytest.mark.soak)
     for page in PAGES],
)  # fmt: skip
def test_no_forged_click_changes_anything(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    History().finish(a_result("run-1"))
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")
    before = (home / "history.sqlite3").read_bytes()
    with serve(ROOT / "app.py", tmp_path) as server:
        assert server.home == home
        assert asyncio.run(press_everything(server.url, page)) > 0
        family = psutil.Process(server.pid).children(recursive=True)
        assert [one for one in family if "core.engine.worker" in one.cmdline()] == []
    assert (home / "history.sqlite3").read_bytes() == before
    own = {"history.sqlite3", "history.sqlite3-shm", "history.sqlite3-wal"}
    assert {path.name for path in home.iterdir()} <= own
