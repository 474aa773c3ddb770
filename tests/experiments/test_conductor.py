"""The conductor: experiments in threads, found by id, owned by one process at a time."""

import subprocess
import sys
import threading

import pytest

from core.errors import RequestError
from core.experiments.conductor import Conductor, Ending
from core.results.experiments import ExperimentKind, ExperimentStatus


class Counting:
    """An experiment that counts until it is stopped, or to its end at once."""

    def __init__(self, fails: bool = False, waits: bool = True) -> None:
        self.counted = 0
        self._fails = fails
        self._go_on = threading.Event()
        self._stopped = False
        if not waits:
            self._go_on.set()

    def run(self) -> Ending:
        self.counted += 1
        if self._fails:
            raise ZeroDivisionError("no count")
        self._go_on.wait(10)
        status = ExperimentStatus.STOPPED if self._stopped else ExperimentStatus.DONE
        return Ending(status, {"counted": self.counted})

    def stop(self) -> None:
        self._stopped = True
        self._go_on.set()

    def snapshot(self) -> int:
        return self.counted


def begin(conductor: Conductor, experiment: Counting) -> str:
    return conductor.start(ExperimentKind.CLAIM, "counting", {"to": 1}, lambda _: experiment)


def test_an_experiment_runs_in_a_thread_of_its_own_and_its_end_is_stored(
    conductor: Conductor,
) -> None:
    key = begin(conductor, Counting(waits=False))
    assert conductor.wait(key, 10)
    row = conductor.experiments.get(key)
    assert row is not None
    assert (row.status, row.result) == (ExperimentStatus.DONE, {"counted": 1})
    assert conductor.snapshot(key) == 1
    assert not conductor.is_running(key)


def test_one_that_is_stopped_may_be_resumed_with_a_new_object(conductor: Conductor) -> None:
    key = begin(conductor, Counting())
    conductor.stop(key)
    assert conductor.wait(key, 10)
    stopped = conductor.experiments.get(key)
    assert stopped is not None
    assert stopped.status is ExperimentStatus.STOPPED
    conductor.resume(key, lambda _: Counting(waits=False))
    assert conductor.wait(key, 10)
    done = conductor.experiments.get(key)
    assert done is not None
    assert done.status is ExperimentStatus.DONE


def test_one_that_runs_here_is_not_begun_twice(conductor: Conductor) -> None:
    first, second = Counting(), Counting()
    key = begin(conductor, first)
    conductor.resume(key, lambda _: second)
    conductor.stop(key)
    assert conductor.wait(key, 10)
    assert second.counted == 0


def test_one_that_raises_is_stopped_with_the_reason(conductor: Conductor) -> None:
    key = begin(conductor, Counting(fails=True))
    assert conductor.wait(key, 10)
    row = conductor.experiments.get(key)
    assert row is not None
    assert row.status is ExperimentStatus.STOPPED
    assert row.result == {"error": "ZeroDivisionError: no count"}


def test_one_that_another_living_process_runs_cannot_be_taken(conductor: Conductor) -> None:
    code = (
        "import sys, time\n"
        "from core.results.experiments import ExperimentKind, Experiments\n"
        "from core.results.history import History\n"
        "print(Experiments(History()).begin(ExperimentKind.CLAIM, 't', {}), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        key = other.stdout.readline().strip()
        with pytest.raises(RequestError, match=str(other.pid)):
            conductor.resume(key, lambda _: Counting(waits=False))
        assert conductor.snapshot(key) is None
        other.kill()
    conductor.resume(key, lambda _: Counting(waits=False))
    assert conductor.wait(key, 10)


def test_closing_stops_all(conductor: Conductor) -> None:
    key = begin(conductor, Counting())
    conductor.close()
    row = conductor.experiments.get(key)
    assert row is not None
    assert row.status is ExperimentStatus.STOPPED
