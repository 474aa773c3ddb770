"""`batching`: policies of batching under a load, simulated with a variant's measured steps."""

import argparse

from core.analysis.batching.step_time import fit_calibration
from core.analysis.batching.study import Study, policies_for, study
from core.analysis.batching.study_document import study_document
from core.command_line.batching_flags import (
    add_batching_flags,
    add_measuring_flags,
    kinds_of,
    load_of,
    policy_of,
    rates_of,
)
from core.command_line.batching_ignored import refuse_ignored
from core.command_line.batching_measuring import (
    measure,
    measuring_asked,
    stored_calibration,
    write_steps,
)
from core.command_line.batching_report import print_study
from core.command_line.batching_steps import refuse_other_levers, steps_of_file
from core.command_line.output import print_json
from core.command_line.parser import Parser
from core.command_line.prices import add_price, price_of_steps
from core.results.serving import Calibration


def add_flags(parser: Parser) -> None:
    """A flag for each field of a load and its policies, and the steps to simulate with."""
    add_batching_flags(parser)
    add_measuring_flags(parser)
    add_price(parser)


def batching_command(chosen: argparse.Namespace) -> int:
    """0: simulated, also where the load is more than a policy can serve, which is said; measured
    where that was asked for.
    """
    refuse_ignored(chosen)
    if measuring_asked(chosen):
        return measure(chosen)
    calibration = calibration_of(chosen)
    found = _simulated(chosen, calibration)
    write_steps(chosen, calibration)
    if chosen.json:
        print_json(study_document(found))
    else:
        print_study(found)
    return 0


def _simulated(chosen: argparse.Namespace, calibration: Calibration) -> Study:
    load, shared = load_of(chosen), policy_of(chosen)
    times = fit_calibration(calibration)
    kinds = kinds_of(chosen.policies)
    policies = policies_for(kinds, times, shared.batch_size, shared.timeout_s)
    rates = rates_of(chosen.rates, load)
    return study(
        load, policies, calibration, rates, price_of_steps(chosen.price_per_hour, calibration)
    )


def calibration_of(chosen: argparse.Namespace) -> Calibration:
    """The measured steps to simulate with, of the file or by default those measured here; raises
    RequestError where there are none, or where they are of another variant.
    """
    given = steps_of_file(chosen)
    if given is None:
        return stored_calibration(chosen)
    refuse_other_levers(chosen, given)
    return given.calibration
