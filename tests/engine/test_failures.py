"""What is reported of an exception."""

import pytest
import torch

from core.engine.failures import allocation_bytes, fault_of, ruins_process
from core.errors import FailureKind, OutOfMemory, RequestError, RunCancelled


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes.", 4096),
        ("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has …", 20 * 2**30),
        ("CUDA out of memory. Tried to allocate 512.00 MiB.", 512 * 2**20),
        ("something else", None),
    ],
)
def test_the_size_of_a_failed_allocation_is_read(message: str, expected: int | None) -> None:
    assert allocation_bytes(message) == expected


def test_a_real_failed_allocation_is_out_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    fault = fault_of(caught.value, free_bytes=5_000_000_000)
    assert fault.kind is FailureKind.OUT_OF_MEMORY
    assert fault.needed_bytes == 2**60
    assert fault.free_bytes == 5_000_000_000
    assert "5.00 GB were free" in fault.message


def test_our_own_errors_keep_their_kind_and_their_facts() -> None:
    out_of_memory = fault_of(OutOfMemory("too big", 10, 5), free_bytes=7)
    assert (out_of_memory.needed_bytes, out_of_memory.free_bytes) == (10, 5)
    refused = fault_of(RequestError("prompt", "x", "it is too long."), free_bytes=7)
    assert (refused.kind, refused.field) == (FailureKind.UNSUPPORTED, "prompt")
    assert fault_of(RunCancelled("Cancelled."), free_bytes=7).kind is FailureKind.CANCELLED


def test_an_unknown_error_names_its_type_and_its_place() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    fault = fault_of(caught.value, free_bytes=0)
    assert fault.kind is FailureKind.ERROR
    assert fault.message.startswith("ZeroDivisionError: division by zero (test_an_unknown")


def test_a_cuda_error_ruins_the_process_and_a_lack_of_memory_does_not() -> None:
    assert ruins_process(RuntimeError("CUDA error: device-side assert triggered"))
    assert not ruins_process(RuntimeError("CUDA error: out of memory"))
    assert not ruins_process(ValueError("no"))
