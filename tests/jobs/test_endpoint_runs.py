"""Runs of an endpoint from the job manager through a real worker process into the history."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.analysis.document import document
from core.errors import FailureKind, RequestError
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.latency import latency_of
from core.results.types import Grade, RunFailure, RunResult
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests.scripted_server import Reply, Scripted, end, error, piece, serving

KEY = "sk-planted-9f8e7d6c5b4a"


@pytest.fixture
def manager() -> Iterator[JobManager]:
    with JobManager() as jobs:
        yield jobs


def allow(server: Scripted, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the server under the name `lab`, with the planted key."""
    home.mkdir(parents=True, exist_ok=True)
    settings = f'[lab]\naddress = "{server.address}"\nkey = {{ env = "LAB_KEY" }}\n'
    (home / "endpoints.toml").write_text(settings)
    monkeypatch.setenv("LAB_KEY", KEY)


def a_request(**values: Any) -> RunSpec:
    asked = {"prompt": "a b", "max_new_tokens": 9, "warmup": 3, "repeats": 5}
    return build_spec({"engine": "openai", "endpoint": "lab", "model": "m", **asked, **values})


def test_a_run_is_one_like_all_others(
    manager: JobManager, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Scripted(first_s=0.03, token_s=0.01, one_by_one=True)) as server:
        allow(server, home, monkeypatch)
        result = manager.wait(manager.submit(a_request(batch_size=2)))
    assert isinstance(result, RunResult), result
    assert result.spec.variant.endpoint == server.address
    assert [len(repeat) for repeat in result.samples.request_s] == [2] * 5
    found = latency_of(result)
    assert found.ttft_s is not None
    assert found.tpot_s == pytest.approx(0.011, abs=0.004)
    # The second waits for the first: its TTFT is in the median, and its tokens are not doubled.
    assert 0.05 < found.ttft_s < 0.2
    assert found.decode_tokens_per_s is not None
    assert found.decode_tokens_per_s < 100
    assert result.endpoint is not None
    assert result.environment.device_name.startswith("endpoint 127.0.0.1:")
    assert result.environment.packages == {"vllm": "0.1"}
    assert (result.memory.peak_bytes, result.memory.weights_bytes, result.model) == (None,) * 3
    assert (result.times.load_s, result.times.first_s) == (None, None)
    assert result.quality is None
    assert "probabilities" in str(result.quality_missing)
    assert result.trust.grade >= Grade.B
    stored = History().get(result.run_id)
    assert stored is not None
    assert stored.outcome == result


def test_two_workloads_of_a_server_are_measured_in_turns(
    manager: JobManager, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Scripted(first_s=0.01, token_s=0.002)) as server:
        allow(server, home, monkeypatch)
        plan = PairPlan(most_pairs=6)
        ids = manager.submit_pair(a_request(), a_request(max_new_tokens=20), plan)
        a, b = map(manager.wait, ids)
    assert isinstance(a, RunResult), a
    assert isinstance(b, RunResult), b
    assert a.pairing is not None
    assert len(a.samples.e2e_s) == len(b.samples.e2e_s) == a.pairing.pairs
    assert len(a.samples.request_s) == len(a.samples.token_s)


def test_the_key_is_nowhere_but_with_its_server(
    manager: JobManager, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def echo(body: dict[str, Any]) -> Reply:
        if "fail" in body["prompt"]:
            return error(400, f"Authorization: Bearer {KEY} is no good")
        tokens = body["max_tokens"]
        pieces = [piece(f" {KEY[:10]}"), piece(KEY[10:])][:tokens]
        return Reply([*pieces, *[piece("x")] * (tokens - 2), end(1, tokens)])

    with serving(Scripted(echo)) as server:
        allow(server, home, monkeypatch)
        good = manager.wait(manager.submit(a_request()))
        bad = manager.wait(manager.submit(a_request(prompt="fail", max_new_tokens=2)))
        assert {sent["Authorization"] for sent in server.headers} == {f"Bearer {KEY}"}
    manager.close()
    assert isinstance(good, RunResult)
    assert isinstance(bad, RunFailure)
    told = [str(document(one, None)) for one in (good, bad)]
    files = [file for file in home.rglob("*") if file.is_file()]
    assert {"worker-cpu.log", "history.sqlite3"} <= {file.name for file in files}
    told += [file.read_bytes().decode(errors="replace") for file in files]
    assert not any(part in text for text in told for part in (KEY, KEY[:10], KEY[10:]))


def test_a_run_that_waits_for_a_server_is_stopped_within_moments(
    manager: JobManager, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stall(body: dict[str, Any]) -> Reply:
        tokens = body["max_tokens"]
        return Reply([piece("x"), *([30.0] if tokens > 1 else []), end(1, tokens)])

    with serving(Scripted(stall)) as server:
        allow(server, home, monkeypatch)
        run_id = manager.submit(a_request())
        until = time.monotonic() + 30
        while not any(body["max_tokens"] > 1 for body in server.asked):
            assert time.monotonic() < until
            time.sleep(0.05)
        began = time.monotonic()
        manager.cancel(run_id)
        outcome = manager.wait(run_id)
        took = time.monotonic() - began
    assert isinstance(outcome, RunFailure)
    assert (outcome.kind, took < 3) == (FailureKind.CANCELLED, True)


def test_what_is_not_allowed_is_refused_before_it_is_queued(manager: JobManager) -> None:
    spec = build_spec({"engine": "openai", "endpoint": "http://127.0.0.1:9/v1", "model": "m"})
    with pytest.raises(RequestError, match="not allowed"):
        manager.submit(spec)
