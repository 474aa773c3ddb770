"""A run's outcome for a person at a shell: a result's numbers, or why there are none."""

from core.analysis.cost import cost_metrics
from core.analysis.economics import cached_graphs
from core.analysis.effective import effective_differences
from core.analysis.roofline import ROOFLINE_METRICS, roofline_of
from core.analysis.why import why_line
from core.command_line.output import print_table, say, tell
from core.results.format import show, show_time
from core.results.metrics import METRICS
from core.results.naming import long_name
from core.results.reproduce import command_line
from core.results.stored import StoredRun
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.weights import NO_TEXT, Weights


def print_result(result: RunResult, usd_per_hour: float | None) -> None:
    """What was measured, how far to trust it, and the text."""
    tell(f"{result.run_id}  {long_name(result.spec)}")
    metrics = (*METRICS, *ROOFLINE_METRICS, *cost_metrics(usd_per_hour))
    print_table((metric.label, show(metric.read(result), metric.unit)) for metric in metrics)
    print_table(_notes(result))
    random = result.spec.variant.weights is Weights.RANDOM
    tell(f"\n{NO_TEXT if random else result.output.text}")


def say_failure(failure: RunFailure) -> None:
    """Why a run ended, on stderr; with the field at fault, where one is."""
    field = f"{failure.field}: " if failure.field else ""
    say(f"error: {failure.kind}: {field}{failure.message}")


def print_stored(run: StoredRun, usd_per_hour: float | None) -> None:
    """What the history has of a run, and the command that measures it again."""
    outcome: Outcome | None = run.outcome
    if isinstance(outcome, RunResult):
        print_result(outcome, usd_per_hour)
    else:
        tell(f"{run.run_id}  {long_name(run.spec)}")
    tell()
    print_table(_labels(run))
    tell(f"\n{command_line(run.spec)}")


def _labels(run: StoredRun) -> list[tuple[str, str]]:
    labels = [("Status", run.status), ("Submitted", show_time(run.submitted_at))]
    if run.host_name:
        labels.append(("Host", run.host_name))
    if isinstance(run.outcome, RunFailure):
        labels.append(("Why", run.outcome.message))
    if run.tags:
        labels.append(("Tags", ", ".join(run.tags)))
    if run.note:
        labels.append(("Note", run.note))
    return labels


def _notes(result: RunResult) -> list[tuple[str, str]]:
    notes = [("Why", why_line(result, roofline_of(result)))]
    notes.append(("Trust", str(result.trust.grade)))
    notes += [("", reason) for reason in result.trust.reasons]
    if result.environment.tried_before:
        notes.append(("Second try", result.environment.tried_before))
    notes += [("Not as asked", difference) for difference in effective_differences(result)]
    if cached := cached_graphs(result):
        notes.append(("Compile", cached))
    if result.quality_missing:
        notes.append(("No quality", result.quality_missing))
    if result.energy_missing:
        notes.append(("No energy", result.energy_missing))
    if result.effective.tokenizer:
        notes.append(("Tokenizer", result.effective.tokenizer))
    return notes
