"""A history in which every text that may be anything is hostile."""

import json
from typing import Any

from pydantic import ValidationError

from core.experiments.sweeps.sweep_request import SweepRequest
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from core.results.types import RunFailure, RunResult
from tests.samples import a_failure, a_result, a_spec

MARKUP = (
    '<img src=x onerror=alert(1)><script>alert(2)</script><a href="http://evil.example">l</a>',
    "![i](http://evil.example/i)[l](http://evil.example/l)",
    "**b** $\\LaTeX$ :red[r] :material/bomb: `c`",
)
CONTROL = "\x1b[31m\x1b]0;t\x07\x9b2J\u202e\u2066\r"
FORMULA = '=HYPERLINK("http://evil.example","x")'
TEXT = FORMULA + " ".join(MARKUP) + CONTROL
RAW = (
    *MARKUP[0].replace("><", ">\n<").split("\n"),
    "](http",
    "$\\LaTeX",
    ":red[r]",
    ":material/bomb",
)
TASK = f"prompt,expected\nSay it,{FORMULA.replace(',', '').replace(chr(34), '')}\n"


def hostile_history() -> History:
    """Two measured runs, a failed one, and a sweep with nothing measured."""
    history = History()
    spec = a_spec(task=TASK, stop="natural", stop_strings="x")
    history.finish(poisoned(a_result("run-1", spec), RunResult))
    history.finish(poisoned(a_result("run-2", a_spec(batch_size=4), minute=2), RunResult))
    history.finish(poisoned(a_failure("run-3"), RunFailure))
    history.annotate("run-1", TEXT)
    history.tag(["run-1", "run-2"], [TEXT.replace(",", "")[:40]])
    asked = SweepRequest(axes={"batch_size": (1,)}).model_dump(mode="json")
    experiments = Experiments(history)
    sweep = experiments.begin(ExperimentKind.SWEEP, TEXT, asked)
    experiments.end(sweep, ExperimentStatus.STOPPED, {"error": TEXT})
    return history


def poisoned(outcome: Any, kind: type) -> Any:
    """The outcome with the hostile text wherever a text may be anything."""
    document = outcome.model_dump(mode="json")
    _poison(document, lambda: kind.model_validate_json(json.dumps(document)))  # type: ignore[attr-defined]
    return kind.model_validate_json(json.dumps(document))  # type: ignore[attr-defined]


def _poison(node: Any, check: Any) -> None:
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if isinstance(value, dict | list):
            _poison(value, check)
        elif isinstance(value, str) and key != "run_id":
            node[key] = TEXT
            try:
                check()
            except ValidationError:
                node[key] = value
