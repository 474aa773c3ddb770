"""`recommend` over a small history: answers, Pareto sets, scopes, and requests that are wrong."""

import json
import shlex
from typing import Any

import pytest

from core.__main__ import main
from core.command_line.arguments import parse
from core.results.history import History
from tests.samples import a_result, a_spec

EXAMPLE = "at most 100 ms per token, 1 GB, perplexity ratio at most 1.02, cheapest"


@pytest.fixture(autouse=True)
def history() -> History:
    """Four configurations of one question, one of them without quality, and another question."""
    kept = History()
    kept.finish(a_result("run-other", a_spec(max_new_tokens=8), e2e_s=0.5))
    kept.finish(a_result("run-fp32", a_spec(), e2e_s=2.0, minute=1))
    kept.finish(a_result("run-nf4", a_spec(precision="nf4"), e2e_s=3.0, minute=2))
    lacking = a_spec(precision="fp16", quality=False)
    kept.finish(a_result("run-fp16", lacking, e2e_s=1.5, minute=3))
    kept.finish(a_result("run-slow", a_spec(precision="fp32", kv_cache="off"), e2e_s=9, minute=4))
    return kept


def printed(out: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(out.readouterr().out)
    return document


def test_an_answer_as_json(out: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--ask", EXAMPLE, "--price-per-hour", "1", "--json"]) == 0
    found = printed(out)
    assert found["understood"][0] == "lowest cost per million tokens"
    assert found["winner"]["run_id"] == "run-fp32"
    assert found["runner_up"]["run_id"] == "run-nf4"
    assert found["considered"] == 4
    (missing,) = found["missing"]
    assert (missing["run_id"], missing["unknown"]) == ("run-fp16", ["perplexity_ratio"])
    assert found["winner"]["goal"] == pytest.approx(1 / 3600 / (32 / 2.0) * 1e6)
    compile(found["deploy"], "deploy.py", "exec")


def test_a_missing_run_has_a_command_that_measures_it(out: pytest.CaptureFixture[str]) -> None:
    main(["recommend", "--ask", EXAMPLE, "--json"])
    (missing,) = printed(out)["missing"]
    words = shlex.split(missing["command"])
    assert words[:3] == ["python", "-m", "core"]
    chosen = parse(words[3:])
    assert chosen.precision == "fp16"
    assert chosen.quality is None  # on by default


def test_a_pareto_set_as_json(out: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--pareto", "e2e_s,weights_bytes", "--json"]) == 0
    found = printed(out)
    assert found["pareto"] == ["run-fp16", "run-nf4"]
    assert found["pareto_set"]["dominated"] == 2
    assert [point["run_id"] for point in found["pareto_set"]["frontier"]] == found["pareto"]


def test_words_for_a_person(out: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--ask", EXAMPLE, "--pareto", "tpot_s,peak_bytes"]) == 0
    said = out.readouterr().out
    for part in ("Understood: lowest cost", "fp32 · sdpa: Cost", "Runner-up", "on the frontier",
                 "To deploy it", "python -m core run"):  # fmt: skip
        assert part in said


def test_nothing_that_qualifies_is_status_1(out: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--ask", "1 ms per token, cheapest"]) == 1
    assert "Nearest is" in out.readouterr().out


def test_scopes_are_listed_and_can_be_chosen(out: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--scopes", "--json"]) == 0
    newest, other = json.loads(out.readouterr().out)
    assert "4 runs" in newest["label"]
    assert main(["recommend", "--ask", "fastest", "--scope", other["key"], "--json"]) == 0
    assert printed(out)["winner"]["run_id"] == "run-other"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--ask", "purple"], "not understood"),
        (["--ask", "at most 50 ms"], "50 ms per token"),
        (["--pareto", "tpot_s"], "choose two or three"),
        (["--pareto", "tpot_s,nonsense"], "no such objective"),
        (["--ask", "fastest", "--scope", "none"], "there is none such"),
        (["--ask", "fastest", "--trust", "Z"], "no such grade"),
        (["--ask", "fastest", "--price-per-hour", "-1"], "no price"),
    ],
)
def test_a_wrong_request_is_status_2_with_what_would_do(
    flags: list[str], said: str, out: pytest.CaptureFixture[str]
) -> None:
    assert main(["recommend", *flags]) == 2
    assert said in out.readouterr().err


def test_an_empty_history_is_said(history: History, out: pytest.CaptureFixture[str]) -> None:
    history.delete(row.run_id for row in history.rows())
    assert main(["recommend", "--ask", "fastest"]) == 2
    assert "no measured runs" in out.readouterr().err
