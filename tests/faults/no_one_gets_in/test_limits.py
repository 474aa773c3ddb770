"""One session cannot take the machine: what it may start, keep and send is bounded, in words."""

import asyncio
import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import psutil
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from core.errors import TooMany
from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweep_request import SweepRequest
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.limits import MINUTE_S, MOST_PER_MINUTE, MOST_UNDER_WAY, Limits
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from core.variants.pairing import PairPlan
from tests.browser.server import Server
from tests.fake_executor import FakeExecutor
from tests.faults.no_one_gets_in.forging import ForgingTab, forging_tab
from tests.samples import a_cpu, a_spec, an_environment

HERE = an_environment(a_cpu())
MEGABYTE = 1024 * 1024


class Session:
    """Who asks, and a clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.name: str | None = "a"
        self.now_s = 0.0

    @property
    def limits(self) -> Limits:
        return Limits(lambda: self.name, lambda: self.now_s)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def held(session: Session) -> Iterator[JobManager]:
    """A manager whose first job never ends."""
    executor = FakeExecutor(hold=Phase.LOADING)
    with JobManager(History(), lambda _: executor, limits=session.limits) as jobs:
        yield jobs


def test_one_session_queues_so_many_runs_and_no_more(session: Session, held: JobManager) -> None:
    ids = [held.submit(a_spec()) for _ in range(MOST_UNDER_WAY)]
    for start in (
        lambda: held.submit(a_spec()),
        lambda: held.submit_pair(a_spec(), a_spec(), PairPlan()),
    ):
        with pytest.raises(TooMany, match=f"{MOST_UNDER_WAY} measurements .* cancel"):
            start()
    session.name = "b"
    held.submit(a_spec())
    session.name, session.now_s = "a", MINUTE_S
    held.cancel(ids[-1])
    held.submit(a_spec())
    assert len(held.history.rows()) == MOST_UNDER_WAY + 2


def test_one_session_starts_so_many_a_minute(session: Session, held: JobManager) -> None:
    for _ in range(MOST_PER_MINUTE):
        held.limits.started(lambda: True)
    session.now_s = 20.0
    with pytest.raises(TooMany, match=r"within a minute.* Go on in 40 s"):
        held.submit(a_spec())
    session.now_s = MINUTE_S
    held.submit(a_spec())


def test_a_session_starts_no_thousand_sweeps(session: Session) -> None:
    executor = FakeExecutor(hold=Phase.LOADING)
    with JobManager(History(), lambda _: executor, limits=asked_here(session)) as jobs:
        conductor = Conductor(jobs)
        sweeps, request = Sweeps(conductor), SweepRequest(axes={"batch_size": (1, 2)})
        ids = [sweeps.start(request, HERE) for _ in range(MOST_UNDER_WAY)]
        for start in (lambda: sweeps.start(request, HERE), lambda: jobs.submit(a_spec())):
            with pytest.raises(TooMany):
                start()
        assert len(conductor.experiments.listed(limit=1000)) == len(ids)
        conductor.close()


@pytest.mark.parametrize("cells", [80, pytest.param(500, marks=pytest.mark.soak)])
def test_a_sweep_is_one_start_however_many_cells_it_has(session: Session, cells: int) -> None:
    request = SweepRequest(axes={"seed": tuple(range(cells))}, base={"prompt_tokens": 4})
    with JobManager(History(), lambda _: FakeExecutor(), limits=asked_here(session)) as jobs:
        sweeps = Sweeps(Conductor(jobs))
        key = sweeps.start(request, HERE)
        assert sweeps.wait(key, 120)
        picture = sweeps.picture(key, HERE)
        assert picture is not None
        assert len([cell for cell in picture.cells if cell.run_id]) == cells


def asked_here(session: Session) -> Limits:
    """Asked by the session in this thread, and by nobody in the conductor's own."""
    mine = threading.get_ident()
    return Limits(lambda: session.name if threading.get_ident() == mine else None)


def test_nobody_in_particular_has_no_limit(session: Session, held: JobManager) -> None:
    session.name = None
    for _ in range(MOST_UNDER_WAY + 1):
        held.submit(a_spec())


def press(tab: ForgingTab, key: str) -> WidgetState:
    return WidgetState(id=tab.widgets[key], trigger_value=True)


async def pressing(url: str, times: int) -> str:
    async with forging_tab(url) as tab:
        for _ in range(times):
            await tab.send(press(tab, "run"))
        return tab.text


@pytest.mark.soak
def test_a_forged_click_does_not_get_past_the_limit(dashboard: Server) -> None:
    """Over the socket, as fast as it goes."""
    text = asyncio.run(pressing(dashboard.url, MOST_UNDER_WAY + 5))
    assert f"{MOST_UNDER_WAY} measurements under way" in text.replace("\\", "")


async def sending(url: str, size: int) -> int | None:
    """How the server closes a connection that sends so much."""
    address = url.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        with suppress(ConnectionClosed):
            await socket.send(bytes(size))
            while True:
                await socket.recv()
        return socket.close_code


@pytest.mark.parametrize("megabytes", [26, 100, 300])
def test_a_frame_larger_than_a_page_needs_ends_the_connection(
    dashboard: Server, megabytes: int
) -> None:
    process = psutil.Process(dashboard.pid)
    before = process.memory_info().rss
    for _ in range(3):
        assert asyncio.run(sending(dashboard.url, megabytes * MEGABYTE)) == 1009
    assert process.memory_info().rss - before < 40 * MEGABYTE
    assert asyncio.run(still_works(dashboard.url))


async def still_works(url: str) -> bool:
    async with forging_tab(url, "history") as tab:
        return not tab.exceptions and len(tab.shown) > 10


async def uploading(url: str, megabytes: int, times: int) -> list[int]:
    """The answers to so many files of one session, of any names, with the page's own token."""
    async with forging_tab(url, "history") as tab:
        address = url.removeprefix("http://")
        return await asyncio.to_thread(upload, address, tab.session, megabytes, times)


def upload(address: str, session: str, megabytes: int, times: int) -> list[int]:
    with closing(http.client.HTTPConnection(address, timeout=60)) as line:
        line.request("GET", "/_stcore/health")
        with line.getresponse() as answer:
            cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    token = cookie.partition("=")[2]
    kind = "multipart/form-data; boundary=x"
    headers = {"Content-Type": kind, "Cookie": cookie, "X-Xsrftoken": token}
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n'
    body = head + bytes(megabytes * MEGABYTE) + b"\r\n--x--\r\n"
    places = [f"/_stcore/upload_file/{session}/{number}" for number in range(times)]
    return [put(address, place, body, headers) for place in places]


def put(address: str, place: str, body: bytes, headers: dict[str, str]) -> int:
    with closing(http.client.HTTPConnection(address, timeout=60)) as line:
        try:
            line.request("PUT", place, body, headers)
            with line.getresponse() as answer:
                return answer.status
        except OSError:  # refused before all of it was sent
            return 413


def test_a_session_keeps_no_ten_files_of_90_megabytes(dashboard: Server) -> None:
    answers = asyncio.run(uploading(dashboard.url, 90, 10))
    assert answers == [204] * 4 + [413] * 6
    time.sleep(0.5)  # the tab is closed, and what it kept is given back
    assert asyncio.run(uploading(dashboard.url, 90, 1)) == [204]


async def typing(url: str, letters: int) -> tuple[str, str]:
    async with forging_tab(url) as tab:
        await tab.send(
            WidgetState(id=tab.widgets["prompt"], string_value="x" * letters), press(tab, "run")
        )
        return tab.text.replace("\\", ""), tab.query


def test_a_prompt_of_ten_megabytes_runs_nothing_and_is_told_at_its_field(
    dashboard: Server,
) -> None:
    text, query = asyncio.run(typing(dashboard.url, 10_000_000))
    assert "1,000,000 characters" in text or "1000000 characters" in text
    assert "job=" not in query
