"""What counts as the same hardware: not its software, its host or its neighbours."""

import pytest

from core.results.hardware import hardware_of, present_hardware
from tests.sample_machines import GIB, a_cpu, a_gpu, a_run_environment, an_environment

SOFTWARE = (
    {"packages": {"llama-cpp-python": "0.3"}},
    {"driver": "551.00"},
    {"platform": "Linux-7.0-x86_64"},
    {"python": "3.12.1"},
    {"thread_settings": {"OMP_NUM_THREADS": "1"}},
    {"host_name": "node-b"},
    {"commit": None},
)


@pytest.mark.parametrize("changes", SOFTWARE)
def test_other_software_and_another_host_are_no_other_hardware(changes: dict[str, object]) -> None:
    other = a_run_environment().model_copy(update=changes)
    assert hardware_of(other, "cpu").id == hardware_of(a_run_environment(), "cpu").id


@pytest.mark.parametrize("changes", [{"device_name": "Other CPU"}, {"cpu_count": 64}])
def test_another_processor_or_more_of_them_is_other_hardware(changes: dict[str, object]) -> None:
    other = a_run_environment().model_copy(update=changes)
    assert hardware_of(other, "cpu").id != hardware_of(a_run_environment(), "cpu").id


def test_a_run_of_now_is_of_the_present_hardware() -> None:
    machine = an_environment(a_cpu(), a_gpu())
    cpu, gpu = present_hardware(machine, "cpu"), present_hardware(machine, "cuda:0")
    ran_on = a_run_environment()
    on_gpu = ran_on.model_copy(
        update={"device_name": a_gpu().name, "device_memory_bytes": 80 * GIB - 1_000_000}
    )
    assert cpu == hardware_of(ran_on.model_copy(update={"device_memory_bytes": GIB}), "cpu")
    assert gpu == hardware_of(on_gpu, "cuda:1")
    assert present_hardware(machine, "cuda:7") is None
    assert str(gpu) == "NVIDIA H100 80GB HBM3, 80 GiB, 2 processors"


def test_gpus_of_one_name_and_other_memory_are_not_alike() -> None:
    slice_of_it = a_gpu().model_copy(update={"memory_bytes": 10 * GIB})
    whole, part = (
        present_hardware(an_environment(gpu), "cuda:0") for gpu in (a_gpu(), slice_of_it)
    )
    assert whole != part
