"""A question to several engines as a sweep: its cells are exactly what was asked."""

from core.analysis.comparing.engines import engine_question
from core.experiments.sweeps.engine_request import engine_request
from core.experiments.sweeps.sweep_request import SweepRequest
from core.variants.grid import cells_of
from tests.analysis.comparing.test_engines import machine
from tests.samples import a_spec


def test_the_cells_are_the_specs_and_survive_being_stored() -> None:
    here = machine("llama.cpp", "openvino")
    source = a_spec(compile="whole", stop="natural", stop_strings=["\n"], prompt_tokens=8)
    specs = engine_question(source, here).specs
    request = engine_request(specs)
    again = SweepRequest.model_validate_json(request.model_dump_json())
    cells = cells_of(again.grid, here)
    assert (cells.cells, cells.impossible, cells.duplicates) == (specs, (), 0)
    assert len(specs) == cells.total > 3
    assert request.title == f"engines ({len(specs)})"
