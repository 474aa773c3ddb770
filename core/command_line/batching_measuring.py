"""The measured side of `batching`: steps of a variant, and loads served in real time.

Exit status 0: all that was asked for is measured; 1: some of it is not; 2: the request was wrong;
130: interrupted, and said how to go on.
"""

import argparse
import math

from core.analysis.batching.study import Study, study
from core.analysis.batching.study_document import study_document
from core.command_line.batching_flags import kinds_of, load_of, policy_of, rates_of
from core.command_line.batching_outcome import load_test_document, print_load_test
from core.command_line.batching_report import print_simulation
from core.command_line.batching_steps import refuse_other_variant, steps_of_file, variant_values
from core.command_line.executors import open_jobs, spread
from core.command_line.output import print_json, say, write_file
from core.command_line.prices import price_of_steps
from core.errors import RequestError
from core.experiments.batching.load_picture import LoadPicture
from core.experiments.batching.load_plan import GivenSteps, LoadPlan
from core.experiments.batching.load_request import LONGEST_S, MOST_REPEATS, LoadTestRequest
from core.experiments.batching.load_tests import LoadTests
from core.experiments.conductor import Conductor
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from core.results.format import show_about, show_time
from core.results.serving import Calibration
from core.variants.environment import Environment
from core.variants.policy import Policy, PolicyKind
from core.variants.request import build_spec
from core.variants.spec import VariantSpec

LOOK_S = 0.3


def measuring_asked(chosen: argparse.Namespace) -> bool:
    """Whether anything is to be measured."""
    return chosen.calibrate or chosen.measure is not None or chosen.resume is not None


def measure(chosen: argparse.Namespace) -> int:
    """Measure steps, or serve loads too, or go on with a load test."""
    price_of_steps(chosen.price_per_hour, None)  # a wrong price is told before anything is measured
    with open_jobs(chosen) as jobs:
        tests, environment = LoadTests(Conductor(jobs)), jobs.environment()
        if chosen.resume is not None:
            key = chosen.resume
            tests.resume(key, environment)
        else:
            request = _spread(request_of(chosen, environment), chosen, jobs)
            key = _begun(tests, request, environment, steps_of_file(chosen))
        picture = _followed(tests, key)
    return _report(picture, chosen)


def _begun(
    tests: LoadTests,
    request: LoadTestRequest,
    environment: Environment,
    given: GivenSteps | None,
) -> str:
    """Say what will be measured, and begin it, with the steps of a file where one is given."""
    if given is not None:
        refuse_other_variant(request.variant, given)
    _say_plan(tests.plan(request, environment, given))
    return tests.start(request, environment, given)


def stored_calibration(chosen: argparse.Namespace) -> Calibration:
    """The newest steps of the variant that were measured here; raises RequestError where none
    were.
    """
    with open_jobs(chosen) as jobs:
        environment = jobs.environment()
        tests, request = LoadTests(Conductor(jobs)), request_of(chosen, environment)
        found = tests.steps_of(request.variant, environment, request.range)
        found = found or tests.steps_of(request.variant, environment)
    if found is None or found.result.calibration is None:
        reason = "no steps of this variant were measured here; measure them with --calibrate."
        raise RequestError("calibration", None, reason, ("a file with a calibration as JSON",))
    calibration = found.result.calibration
    when = show_time(calibration.measured_at or found.created_at)
    say(f"steps measured {when} ({found.result.calibrated_in or found.experiment_id})")
    return calibration


def request_of(chosen: argparse.Namespace, environment: Environment) -> LoadTestRequest:
    """The load test that the flags ask for; raises RequestError."""
    load, shared = load_of(chosen), policy_of(chosen)
    told = kinds_of(chosen.policies) or tuple(PolicyKind)
    rates = rates_of(chosen.rates, load)
    measured = told if chosen.measure == "all" else kinds_of(chosen.measure)
    given = {"repeats": chosen.repeats, "most_s": chosen.most_s}
    numbers = {name: _number(name, text) for name, text in given.items() if text is not None}
    return LoadTestRequest.model_validate(
        {
            "variant": _variant(chosen, environment.default_device),
            "load": load,
            "simulated": [_policy(kind, shared) for kind in told],
            "measured": [_policy(kind, shared) for kind in measured],
            "rates": rates if measured else (),
            "anew": chosen.anew or chosen.calibrate,
            "overloads": chosen.overloads,
            **numbers,
        }
    )


def _spread(
    request: LoadTestRequest, chosen: argparse.Namespace, jobs: JobManager
) -> LoadTestRequest:
    """The same over the devices that are asked for, if something is served at all."""
    slots = spread(chosen, jobs, request.variant.device) if request.measured else ()
    if not slots:
        return request
    say(f"spread over {', '.join(slot.key for slot in slots)}: {slots[0].hardware}")
    variant = request.variant.model_copy(update={"device": slots[0].device})
    devices = tuple(slot.key for slot in slots)
    return request.model_copy(update={"variant": variant, "devices": devices})


def _policy(kind: PolicyKind, shared: Policy) -> Policy:
    return shared.model_copy(update={"kind": kind})


def _variant(chosen: argparse.Namespace, default_device: str) -> VariantSpec:
    return build_spec({"device": default_device, **variant_values(chosen)}).variant


def _number(field: str, text: str) -> float:
    """A number of the request within its bounds; raises RequestError."""
    whole = field == "repeats"
    most = MOST_REPEATS if whole else LONGEST_S
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (1 <= value <= most) or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number of seconds"
        raise RequestError(field, text, f"it must be {kind} from 1 to {most:g}.")
    return value


def _say_plan(plan: LoadPlan) -> None:
    """How long it will take, and on which steps it rests."""
    if plan.calibration is None:
        say(f"first measures steps, for about {show_about(plan.seconds)}; then tells the rest")
        return
    measured_at = plan.calibration.measured_at
    when = show_time(measured_at) if measured_at else "earlier"
    again = "" if plan.steps_file else "; --anew measures them again"
    say(f"uses steps measured {when} ({plan.steps_file or plan.calibrated_in}){again}")
    for cell, expected in (plan.expected or {}).items():
        seconds = f"about {show_about(expected.seconds)}"
        say(f"{cell.label}: {expected.problem or seconds}")
    say(f"in all about {show_about(plan.seconds)}")


def _followed(tests: LoadTests, key: str) -> LoadPicture:
    """Follow a load test to its end; an interrupt stops it and says how to go on."""
    told = ""
    try:
        while not tests.wait(key, LOOK_S):
            picture = tests.picture(key)
            if picture and picture.label and picture.label != told:
                told = picture.label
                say(f"{picture.done + 1} of {picture.total}: {told}{_left(picture)}")
    except KeyboardInterrupt:
        say("stopping; what is being measured is cancelled")
        tests.stop(key)
        tests.wait(key)
        say(f"go on with: python -m core batching --resume {key}")
        raise
    found = tests.picture(key)
    assert found is not None
    return found


def _left(picture: LoadPicture) -> str:
    left = picture.seconds_left
    return "" if left is None else f" (about {show_about(left)} left)"


def _report(picture: LoadPicture, chosen: argparse.Namespace) -> int:
    result = picture.result
    if result.reason:
        say(f"it ended early: {result.reason}")
    if result.calibration is not None:
        write_steps(chosen, result.calibration)
    price = price_of_steps(chosen.price_per_hour, result.calibration)
    simulated = _simulated(picture, chosen, price)
    if chosen.json:
        document = study_document(simulated) if simulated else None
        print_json({**load_test_document(picture, price), "simulation": document})
    else:
        print_load_test(picture, price)
        if simulated:
            print_simulation(simulated)
    done = picture.status is ExperimentStatus.DONE and not result.refused
    return 0 if done else 1


def _simulated(
    picture: LoadPicture, chosen: argparse.Namespace, usd_per_hour: float | None
) -> Study | None:
    """The load simulated with the steps where these alone were measured, and not the load."""
    request, calibration = picture.request, picture.result.calibration
    if request.measured or calibration is None:
        return None
    rates = rates_of(chosen.rates, request.load)
    return study(request.load, request.simulated, calibration, rates, usd_per_hour)


def write_steps(chosen: argparse.Namespace, calibration: Calibration) -> None:
    """Write the steps to the file that was asked for, if one was."""
    if chosen.steps_to is not None:
        write_file(chosen.steps_to, [calibration.model_dump_json(indent=2)], "steps_to")
