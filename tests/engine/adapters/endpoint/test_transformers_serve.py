"""A real server: `transformers serve` with the bundled model."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from core.engine.adapters.endpoint.endpoint import EndpointAdapter
from core.engine.adapters.endpoint.runner import EndpointRunner
from core.engine.cancellation import Cancellation
from core.errors import UnsupportedRun
from core.variants.spec import VariantSpec, Workload

pytestmark = pytest.mark.slow
FEW_REPEATS = ("--warmup", "1", "--repeats", "2")
ROOT = Path(__file__).resolve().parents[4]


@contextmanager
def asking(address: str, model: Path | str, workload: Workload) -> Iterator[EndpointRunner]:
    adapter = EndpointAdapter(VariantSpec(engine="openai", endpoint=address, model=str(model)))
    try:
        adapter.load(lambda _: None)
        yield adapter.runner(workload, Cancellation())
    finally:
        adapter.close()


@pytest.fixture
def served(transformers_serve: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address, allowed."""
    monkeypatch.setenv("TRADEOFFS_ENDPOINTS", transformers_serve)
    return transformers_serve


def test_every_token_has_a_time_and_every_request_a_first(
    served: str, prepared_model: Path
) -> None:
    workload = Workload(prompt="The quick brown fox", max_new_tokens=6, batch_size=2)
    with asking(served, prepared_model, workload) as runner:
        together, tokens = runner.step()
        seconds, _ = runner.headline()
        (requests,) = runner.request_s()
        output, facts = runner.describe(), runner.endpoint()
    assert tokens == 12
    assert [len(times) for times in requests] == [6, 6]
    assert all(earlier <= later for times in requests for earlier, later in pairwise(times))
    # It answers one request after the other, so that the second waits for all of the first.
    first, second = sorted(requests)
    assert second[0] > first[-1]
    assert seconds > 0 < together[0] == pytest.approx(second[0], abs=0.1)
    assert (output.prompt_lengths, output.new_tokens) == ((4, 4), (6, 6))
    assert (facts.route, facts.dialect) == ("completions", "generation_config")
    assert facts.pieces == facts.tokens == 12
    assert facts.opened_while_timed == 0


def test_the_text_is_what_the_model_says(
    served: str, prepared_model: Path, greedy_text: str
) -> None:
    workload = Workload(prompt="The capital of France is", max_new_tokens=8)
    with asking(served, prepared_model, workload) as runner:
        runner.headline()
        assert runner.describe().text == greedy_text


@pytest.fixture
def greedy_text(prepared_model: Path) -> str:
    """What the same weights say in this process, greedily."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(prepared_model)
    model = AutoModelForCausalLM.from_pretrained(prepared_model, dtype=torch.float32)
    inputs = tokenizer("The capital of France is", return_tensors="pt")
    sequences = model.generate(**inputs, do_sample=False, max_new_tokens=8, min_new_tokens=8)
    return tokenizer.decode(sequences[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def test_synthetic_prompts_have_exactly_as_many_tokens(served: str, prepared_model: Path) -> None:
    with asking(served, prepared_model, Workload(prompt_tokens=40, max_new_tokens=2)) as runner:
        runner.step()
        assert runner.describe().prompt_tokens == 40
        assert runner.endpoint().prompt_form == "words"


def test_a_natural_end_is_counted(served: str, prepared_model: Path) -> None:
    workload = Workload(
        prompt="One, two, three,", max_new_tokens=12, stop="natural", stop_strings=("five",)
    )
    with asking(served, prepared_model, workload) as runner:
        _, tokens = runner.step()
        assert 1 <= tokens < 12
        assert runner.effective().stopped_by == {"end of sequence or stop string": 1}


def test_a_model_that_it_does_not_serve_is_refused(served: str) -> None:
    refused = pytest.raises(UnsupportedRun, match="pinned to")
    with refused as raised, asking(served, "another/model", Workload(prompt="a")):
        pass
    assert raised.value.field == "model"


def test_the_command_line_measures_it_from_end_to_end(
    served: str, prepared_model: Path, home: Path
) -> None:
    asked = ["--endpoint", served, "--model", str(prepared_model), "--max-new-tokens", "8"]
    done = subprocess.run(
        [sys.executable, "-m", "core", "run", "--engine", "openai", *asked, *FEW_REPEATS, "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["latency"]["ttft_s"] < told["latency"]["e2e_s"]
    assert told["latency"]["network_round_trip_s"] > 0
    assert told["output"]["new_tokens"] == [8]
    assert told["memory"]["peak_bytes"] is told["quality"] is told["energy"] is None
    assert told["cost"]["usd_per_run"] is None
    assert told["endpoint"]["address"] == served
    assert "torch" not in told["environment"]["packages"]
    assert (home / "history.sqlite3").exists()
