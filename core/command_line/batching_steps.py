"""The measured steps of a file that `batching` is given, and whether they are of what is asked."""

import argparse
from collections.abc import Iterable

from pydantic import ValidationError

from core.command_line.batching_flags import file_bytes
from core.errors import RequestError
from core.experiments.batching.load_plan import GivenSteps
from core.results.serving import Calibration
from core.variants.request import build_spec
from core.variants.spec import VariantSpec


def steps_of_file(chosen: argparse.Namespace) -> GivenSteps | None:
    """What --calibration names, if it is given; raises RequestError for what is no calibration."""
    path = chosen.calibration
    if path is None:
        return None
    try:
        calibration = Calibration.model_validate_json(file_bytes("calibration", path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        reason = f"it is no calibration: {where}: {first['msg']}."
        raise RequestError("calibration", path, reason, ("a calibration as JSON",)) from None
    return GivenSteps(calibration, path)


def refuse_other_levers(chosen: argparse.Namespace, steps: GivenSteps) -> None:
    """Raises RequestError where flags of a variant ask for another than the steps are of."""
    given = variant_values(chosen)
    if given:
        asked = build_spec(given).variant
        refuse_other_variant(asked, steps, asked.model_fields_set)


def refuse_other_variant(
    asked: VariantSpec, steps: GivenSteps, fields: Iterable[str] = VariantSpec.model_fields
) -> None:
    """Raises RequestError for the first of these fields in which the steps are of another one."""
    theirs = steps.calibration.variant
    for field in VariantSpec.model_fields:
        value = getattr(theirs, field)
        if field in fields and getattr(asked, field) != value:
            reason = f"the steps in {steps.file} were measured with another one."
            raise RequestError(field, getattr(asked, field), reason, (str(value),))


def variant_values(chosen: argparse.Namespace) -> dict[str, object]:
    """The fields of the variant that were given."""
    given = {name: getattr(chosen, name) for name in VariantSpec.model_fields}
    return {name: value for name, value in given.items() if value is not None}
