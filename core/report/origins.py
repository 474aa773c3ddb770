"""Where a report's numbers come from: the machine, raw samples in short, how to repeat each run."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from core.analysis.savings.month import Month
from core.analysis.savings.saving import Savings
from core.analysis.savings.terms import Payment, Terms
from core.report.tables import Table, heads, months_of
from core.results.format import DASH, show
from core.results.latency import rows_of
from core.results.reproduce import command_line, pair_command_line, python_snippet
from core.results.statistics import median, spread
from core.results.types import RunResult
from core.variants.pairing import PairPlan, Side
from core.variants.weights import Weights

PACKAGES = ("torch", "transformers", "bitsandbytes", "llama-cpp-python", "openvino")
LONGEST_TEXT = 600
ALONE = "none"  # in a link, in place of the other run


@dataclass(frozen=True)
class Listing:
    """Text to copy or to read, under a heading."""

    heading: str
    text: str


def environment(savings: Savings) -> Table:
    """Machine, versions, threads and load of each run."""
    runs = [each.run for each in months_of(savings)]
    rows = [
        ("Device", *(run.environment.device_name for run in runs)),
        ("Processors", *(str(run.environment.cpu_count) for run in runs)),
        ("Threads", *(str(run.effective.threads or DASH) for run in runs)),
        ("Thread settings", *(_threads(run) for run in runs)),
        ("Platform", *(run.environment.platform for run in runs)),
        ("Driver", *(run.environment.driver or DASH for run in runs)),
        ("Python", *(run.environment.python for run in runs)),
        *_packages(runs),
        ("This program's commit", *(run.environment.commit or DASH for run in runs)),
        ("Load before and after", *(_load(run) for run in runs)),
        ("Other programs' share", *(_others(run) for run in runs)),
    ]
    return Table("The machine and its software", ("", *heads(savings)), tuple(rows))


def samples(savings: Savings) -> Table:
    """What the numbers are derived from, in short."""
    months = months_of(savings)
    rows = (
        ("Warm-up runs", *(_warmup(each) for each in months)),
        ("Headline repeats", *(str(len(each.run.samples.e2e_s)) for each in months)),
        ("Fastest, median, slowest", *(_range(each) for each in months)),
        ("Spread (slowest − fastest) / median", *(_spread(each) for each in months)),
        ("Repeats with a time per token", *(str(len(each.run.samples.token_s)) for each in months)),
        ("Times of single tokens", *(_tokens(each) for each in months)),
    )
    return Table("Raw samples in short", ("", *heads(savings)), rows, numbers=True)


def texts(savings: Savings) -> tuple[Listing, ...]:
    """The prompt and the beginning of what each wrote; nothing of random weights."""
    months = months_of(savings)
    prompt = months[0].run.spec.workload.prompt
    found = [Listing("Prompt", _shortened(prompt))] if prompt else []
    for when, each in zip(heads(savings), months, strict=False):
        if each.run.spec.variant.weights is not Weights.RANDOM and each.run.output.text:
            found.append(Listing(f"{when} it wrote", _shortened(each.run.output.text)))
    return tuple(found)


def reproduction(savings: Savings, *, is_sample: bool = False) -> Iterator[Listing]:
    """How to measure both again, how to make this report again, and the link to its page. No
    history in a shell has the sample's runs, but every dashboard does.
    """
    runs = [each.run for each in months_of(savings)]
    for when, run in zip(heads(savings), runs, strict=False):
        yield Listing(f"{when}: in a shell", command_line(run.spec))
        yield Listing(f"{when}: in Python", python_snippet(run.spec))
    if savings.in_turns:
        yield Listing("Both in turns", _pair(runs))
    if is_sample:
        yield Listing("The page, on any dashboard", f"/present?sample=1&{link(savings)}")
        return
    yield Listing("This report", report_command(savings))
    yield Listing("The page, on a dashboard with this history", f"/present?{link(savings)}")


def report_command(savings: Savings) -> str:
    """The command that writes this report."""
    sides = ["--from", savings.today.run.run_id]
    sides += ["--to", savings.then.run.run_id] if savings.then else []
    terms = savings.terms
    numbers = [f"--requests-per-month={terms.requests}", f"--paid={terms.paid}"]
    if terms.utilisation != 1:
        numbers.append(f"--utilisation={terms.utilisation:.12g}")
    if terms.usd_per_hour is not None:
        numbers.append(f"--price-per-hour={terms.usd_per_hour:.12g}")
    return shlex.join(["python", "-m", "core", "report", *sides, *numbers, "--html=report.html"])


def link(savings: Savings) -> str:
    """What stands behind the question mark of the page's address."""
    then = savings.then.run.run_id if savings.then else ALONE
    return urlencode(link_values(savings.today.run.run_id, then, savings.terms))


def link_values(today: str, then: str, terms: Terms) -> dict[str, str]:
    """The page's state in its address, without what is as usual; `then` is ALONE where today's run
    is shown by itself.
    """
    values = {"from": today, "to": then, "requests": str(terms.requests)}
    if terms.paid is not Payment.BY_SECOND:
        values["paid"] = str(terms.paid)
    if terms.utilisation != 1:
        values["utilisation"] = f"{terms.utilisation:.12g}"
    if terms.usd_per_hour is not None:
        values["price"] = f"{terms.usd_per_hour:.12g}"
    return values


def _pair(runs: Sequence[RunResult]) -> str:
    """A and B as they were measured, whichever of them is today's."""
    pairing = runs[0].pairing
    assert pairing is not None
    plan = PairPlan(most_pairs=pairing.most_pairs, smallest_effect=pairing.smallest_effect)
    a, b = runs if pairing.side is Side.A else runs[::-1]
    return pair_command_line(a.spec, b.spec, plan)


def _packages(runs: Sequence[RunResult]) -> Iterator[tuple[str, ...]]:
    for name in PACKAGES:
        versions = [run.environment.packages.get(name) for run in runs]
        if any(versions):
            yield (name, *(version or DASH for version in versions))


def _threads(run: RunResult) -> str:
    found = run.environment.thread_settings
    if found is None:
        return DASH
    return ", ".join(f"{name}={value}" for name, value in sorted(found.items())) or "none"


def _load(run: RunResult) -> str:
    loads = (run.environment.before.load_average, run.environment.after.load_average)
    return " and ".join(DASH if load is None else f"{load:.1f}" for load in loads)


def _others(run: RunResult) -> str:
    return show(run.environment.after.other_cpu_share, "share")


def _warmup(each: Month) -> str:
    found = each.run.samples
    return f"{len(found.warmup_s)}, {'settled' if found.warmup_settled else 'not settled'}"


def _range(each: Month) -> str:
    times = each.run.samples.e2e_s
    if not times:
        return DASH
    return ", ".join(show(value, "s") for value in (min(times), median(times), max(times)))


def _spread(each: Month) -> str:
    return show(spread(each.run.samples.e2e_s), "share")


def _tokens(each: Month) -> str:
    rows = [times for repeat in rows_of(each.run.samples) for times in repeat]
    return f"{sum(map(len, rows)):,}"


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(text):,} characters)"
