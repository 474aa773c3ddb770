"""`claims`: list the rules of thumb with their latest verdicts, or put some of them on trial.

Exit status 0: every trial that was asked for has a verdict; 1: one has none; 2: the request was
wrong; 130: interrupted, and said how to go on.
"""

import argparse
from collections.abc import Iterable

from core.analysis.claims.claim import Setting
from core.analysis.claims.register import CLAIMS, numbers_of
from core.analysis.claims.verdict import Part
from core.command_line.executors import add_executor, open_jobs
from core.command_line.output import print_json, print_table, say, tell
from core.command_line.parser import Parser
from core.experiments.claims.claim_picture import StoredTrial, TrialPicture
from core.experiments.claims.claim_schedule import Schedule, setting_of
from core.experiments.claims.claims import Claims, Latest
from core.experiments.conductor import Conductor
from core.results.format import DASH, show_about, show_time

LOOK_S = 0.3


def add_flags(parser: Parser) -> None:
    """Which claims, how thoroughly, and where."""
    parser.add_argument("--list", action="store_true", help="list them; as without any flag")
    parser.add_argument("--run", metavar="NUMBERS", help="try these here and now: 1,3 or all")
    parser.add_argument("--resume", metavar="ID", help="go on with a trial that was stopped")
    parser.add_argument(
        "--thorough", action="store_true", help="trials of up to about 10 minutes each"
    )
    parser.add_argument("--device", metavar="DEVICE", help="where (default: the first GPU or cpu)")
    add_executor(parser)


def claims_command(chosen: argparse.Namespace) -> int:
    """List all, or try those that were named, or go on with a trial."""
    with open_jobs(chosen) as jobs:
        setting = setting_of(jobs.environment(), chosen.device)
        claims = Claims(Conductor(jobs))
        if chosen.resume is not None:
            claims.resume(chosen.resume, setting.environment)
            return _report(claims, [chosen.resume], setting, chosen.json)
        if chosen.run is None:
            return _list(claims, setting, chosen.thorough, chosen.json)
        numbers = _numbers(chosen.run)
        return _report(claims, _started(claims, numbers, setting, chosen), setting, chosen.json)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(claim.number for claim in CLAIMS) if text == "all" else numbers_of(text)


def _started(
    claims: Claims, numbers: Iterable[int], setting: Setting, chosen: argparse.Namespace
) -> list[str]:
    """Begin the trials, one after the other, all or none."""
    planned = [claims.schedule(number, setting, chosen.thorough) for number in numbers]
    for one in planned:
        for problem in one.problems:
            raise problem
        say(f"claim {one.claim.number} ({one.claim.title}): about {_seconds(one)}")
    return [claims.start(one.claim.number, setting, chosen.thorough) for one in planned]


def _report(claims: Claims, keys: list[str], setting: Setting, as_json: bool) -> int:
    """Follow the trials, then print what came out."""
    pictures = _followed(claims, keys)
    latest = claims.latest(setting.environment)
    if as_json:
        print_json([_document(claims, picture, latest) for picture in pictures])
    else:
        for picture in pictures:
            _print_trial(picture)
    return 0 if all(picture.verdict for picture in pictures) else 1


def _followed(claims: Claims, keys: list[str]) -> list[TrialPicture]:
    """Follow trials to their end; an interrupt stops them and says how to go on."""
    try:
        for key in keys:
            told = ""
            while not claims.wait(key, LOOK_S):
                picture = claims.picture(key)
                if picture and picture.label and picture.label != told:
                    told = picture.label
                    step = f"{picture.done + 1} of {picture.total}"
                    say(f"claim {picture.request.number}: {step}: {told}")
    except KeyboardInterrupt:
        say("stopping; the running measurement is cancelled")
        for key in reversed(keys):
            claims.stop(key)
        for key in keys:
            claims.wait(key)
        for key in keys:
            say(f"go on with: python -m core claims --resume {key}")
        raise
    return [picture for key in keys if (picture := claims.picture(key))]


def _print_trial(picture: TrialPicture) -> None:
    verdict, number = picture.verdict, picture.request.number
    if verdict is None:
        say(f"claim {number} has no verdict: {picture.reason}")
        return
    tell(f"{number}. {verdict.kind}: {verdict.sentence}")
    print_table(map(_line, verdict.parts), header=("WHAT", "MEASURED", "CLAIMED", "VERDICT"))
    tell(verdict.reason)
    for sentence in verdict.untested:
        tell(f"Not told here: {sentence}")
    tell(f"Trust: {verdict.trust or 'rests on counts'}\n")


def _line(part: Part) -> tuple[str, ...]:
    measured = str(part.measured) if part.measured else DASH
    return part.what, measured, part.claimed or DASH, str(part.kind or DASH)


def _list(claims: Claims, setting: Setting, thorough: bool, as_json: bool) -> int:
    """Each claim with the verdict of its latest trial, and what a new one would take."""
    latest = claims.latest(setting.environment)
    planned = {c.number: claims.schedule(c.number, setting, thorough) for c in CLAIMS}
    if as_json:
        print_json([_claim_document(planned[c.number], latest.get(c.number)) for c in CLAIMS])
        return 0
    rows = [
        (
            str(claim.number),
            claim.title,
            *_latest_words(latest.get(claim.number)),
            _seconds(planned[claim.number]),
        )
        for claim in CLAIMS
    ]
    print_table(rows, header=("", "CLAIM", "VERDICT", "WHEN", "A TRIAL TAKES"))
    return 0


def _latest_words(latest: Latest | None) -> tuple[str, str]:
    judged = latest.judged if latest else None
    if judged is None or judged.result is None:
        return DASH, DASH
    where = " (elsewhere)" if judged.elsewhere else ""
    return str(judged.result.verdict.kind), f"{show_time(judged.created_at)}{where}"


def _seconds(planned: Schedule) -> str:
    if planned.problems:
        return f"cannot run: {planned.problems[0]}"
    return show_about(planned.seconds.likely if planned.seconds else None)


def _claim_document(planned: Schedule, latest: Latest | None) -> dict[str, object]:
    claim, judged = planned.claim, latest.judged if latest else None
    return {
        "number": claim.number,
        "title": claim.title,
        "claim": claim.quote,
        "arms": [[arm.label for arm in step.arms] for step in planned.steps],
        "left_out": [step.label for step in planned.left_out],
        "seconds": planned.seconds.likely if planned.seconds else None,
        "problems": [str(problem) for problem in planned.problems],
        "latest": _trial_document(judged) if judged else None,
    }


def _trial_document(trial: StoredTrial) -> dict[str, object]:
    result = trial.result
    return {
        "experiment_id": trial.experiment_id,
        "created_at": trial.created_at.isoformat(),
        "elsewhere": trial.elsewhere,
        "environment": result.environment if result else None,
        "seconds": result.seconds if result else None,
        "verdict": result.verdict.model_dump(mode="json") if result else None,
    }


def _document(
    claims: Claims, picture: TrialPicture, latest: dict[int, Latest]
) -> dict[str, object]:
    """A trial that was followed; null where it has no verdict."""
    verdict, found = picture.verdict, latest.get(picture.request.number)
    judged = found.judged if found else None
    ours = judged if judged and judged.experiment_id == picture.experiment_id else None
    return {
        "number": picture.request.number,
        "experiment_id": picture.experiment_id,
        "status": str(picture.status),
        "reason": picture.reason,
        "verdict": verdict.model_dump(mode="json") if verdict else None,
        "environment": ours.result.environment if ours and ours.result else None,
        "seconds": picture.elapsed_s,
        "runs": claims.run_ids(picture.experiment_id),
    }
