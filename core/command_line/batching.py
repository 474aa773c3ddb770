"""`batching`: policies of batching under a load, simulated with a variant's measured steps."""

import argparse

from pydantic import ValidationError

from core.analysis.batching.step_time import fit_calibration
from core.analysis.batching.study import Study, policies_for, study
from core.analysis.batching.study_document import study_document
from core.analysis.cost import parse_price, price_of_device
from core.command_line.batching_flags import (
    file_bytes,
    kinds_of,
    load_of,
    policy_of,
    rates_of,
)
from core.command_line.batching_report import print_study
from core.command_line.output import print_json
from core.errors import RequestError
from core.results.serving import Calibration
from core.variants.environment import usable_cpus


def batching_command(chosen: argparse.Namespace) -> int:
    """0: simulated, also where the load is more than a policy can serve, which is said."""
    found = _simulated(chosen, calibration_of(chosen))
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
    return study(load, policies, calibration, rates, usd_per_hour(chosen, calibration))


def calibration_of(chosen: argparse.Namespace) -> Calibration:
    """The measured steps to simulate with; raises RequestError where there are none."""
    path = chosen.calibration
    if path is None:
        reason = "which measured steps shall be simulated with?"
        raise RequestError("calibration", None, reason, ("a file with a calibration as JSON",))
    try:
        return Calibration.model_validate_json(file_bytes("calibration", path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        reason = f"it is no calibration: {where}: {first['msg']}."
        raise RequestError("calibration", path, reason, ("a calibration as JSON",)) from None


def usd_per_hour(chosen: argparse.Namespace, calibration: Calibration) -> float:
    """The person's price, or the table's for the device that was calibrated."""
    if chosen.price_per_hour is not None:
        return parse_price(chosen.price_per_hour)
    environment = calibration.environment
    processors = environment.cpu_count if environment else usable_cpus()
    name = environment.device_name if environment else ""
    price = price_of_device(calibration.variant.device, name, processors)
    if price is None:
        reason = "what a server runs on is not known: give your own price."
        raise RequestError("price_per_hour", None, reason, ("US dollars per hour",))
    return price.usd_per_hour
