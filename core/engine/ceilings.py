"""The most that a device can do: how fast it reads its memory, how fast it multiplies matrices.

Measured once per device, torch version and thread count, in under two seconds, and kept on disk.
The best of many short samples counts, since whatever else the machine does can only slow a
sample down. Figures taken while other programs used the device are taken once more as soon as
they leave it alone, and the better ones stay.
"""

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from core.engine.device import Device
from core.engine.host import CpuShareWatch, device_state
from core.home import ceilings_folder
from core.results.ceilings import read_ceilings
from core.results.observed import Ceilings
from core.results.types import now
from core.variants.environment import cpu_name

logger = logging.getLogger(__name__)
COMPUTE_DTYPES = (torch.float32, torch.bfloat16, torch.float16)
# What engines multiply in on a CPU that round activations to 8 bits beside quantised weights.
CPU_DTYPES = (*COMPUTE_DTYPES, torch.int8)
BUFFER_BYTES = {"cpu": 2**28, "cuda": 2**30}  # each beyond any cache, so that memory is read
READ_BUDGET_S, PRODUCT_BUDGET_S = 0.2, 0.25
SAMPLE_S = 0.008
ROW_VALUES = 4096
SMALLEST_SIDE, LARGEST_SIDE = 256, 8192
BUSY_SHARE = 0.25  # up to here the best of many short samples is hardly disturbed
GLANCE_S = 0.1
METHOD = (
    "bandwidth: the fastest read of {mebibytes} MiB, by a matrix-vector product in float32 or by "
    "a sum of integers, bytes read only; peak: the fastest product of square matrices"
)


def open_ceilings(device: Device) -> Ceilings | None:
    """The device's ceilings, kept or measured now; None where its memory is too full to measure."""
    name = name_of(device)
    file = ceilings_file(name, device)
    kept = read_ceilings(file)
    if kept is not None and (kept.quiet or not _is_quiet_now(device)):
        return kept
    try:
        measured = measure_ceilings(device, name)
    except torch.OutOfMemoryError:
        return kept
    finally:
        device.release()
    best = better_of(kept, measured) if kept else measured
    _write(file, best)
    return best


def measure_ceilings(device: Device, name: str) -> Ceilings:
    """Measure now; raises torch.OutOfMemoryError where the buffers find no room."""
    start, watch = time.perf_counter(), CpuShareWatch()
    size = _buffer_bytes(device)
    with torch.inference_mode():
        bandwidth = max(size / seconds for seconds in _read_times(device, size))
        peaks = {
            str(dtype).removeprefix("torch."): _peak_flops_per_s(device, dtype)
            for dtype in _compute_dtypes(device)
        }
    return Ceilings(
        device_name=name,
        bandwidth_bytes_per_s=bandwidth,
        peak_flops_per_s=peaks,
        method=METHOD.format(mebibytes=size // 2**20),
        measured_at=now(),
        seconds=time.perf_counter() - start,
        quiet=_was_quiet(device, watch),
    )


def better_of(kept: Ceilings, measured: Ceilings) -> Ceilings:
    """The higher figure of each: a disturbance can only lower one."""
    pairs = (kept.peak_flops_per_s, measured.peak_flops_per_s)
    peaks = {dtype: max(p.get(dtype, 0.0) for p in pairs) for dtype in {**pairs[0], **pairs[1]}}
    bandwidth = max(kept.bandwidth_bytes_per_s, measured.bandwidth_bytes_per_s)
    return measured.model_copy(
        update={"bandwidth_bytes_per_s": bandwidth, "peak_flops_per_s": peaks}
    )


def ceilings_file(name: str, device: Device) -> Path:
    """Where they are kept: named by all that could change them."""
    key = f"{name}|{torch.__version__}|{device.threads()}|{_compute_dtypes(device)}"
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
    return ceilings_folder() / f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:10]}.json"


def name_of(device: Device) -> str:
    """The device's name as its driver or operating system gives it."""
    return torch.cuda.get_device_name(device.torch_device) if device.kind == "cuda" else cpu_name()


def _compute_dtypes(device: Device) -> tuple[torch.dtype, ...]:
    """The types that a model may compute in there; GPUs before Ampere only imitate bfloat16."""
    if device.kind == "cpu":
        return CPU_DTYPES
    if torch.cuda.get_device_capability(device.torch_device) < (8, 0):
        return tuple(dtype for dtype in COMPUTE_DTYPES if dtype is not torch.bfloat16)
    return COMPUTE_DTYPES


def _was_quiet(device: Device, watch: CpuShareWatch) -> bool:
    """Whether nothing else used the processors, or the GPU, since the watch began."""
    if device.kind == "cuda":
        return not device_state(device).other_gpu_processes
    return (watch.share() or 0.0) <= BUSY_SHARE


def _is_quiet_now(device: Device) -> bool:
    watch = CpuShareWatch()
    time.sleep(GLANCE_S)
    return _was_quiet(device, watch)


def _buffer_bytes(device: Device) -> int:
    """A fixed size; less where little memory is free, but never so little that caches hold it."""
    room = device.free_bytes() // 4
    if room < BUFFER_BYTES[device.kind] // 4:
        raise torch.OutOfMemoryError("There is no room for a buffer to read.")
    row_bytes = ROW_VALUES * torch.float32.itemsize
    return min(BUFFER_BYTES[device.kind], room) // row_bytes * row_bytes


def _read_times(device: Device, size: int) -> Iterator[float]:
    """Seconds of the fastest read of the buffer, by two kernels: neither is best everywhere."""
    buffer = torch.ones(size // 4, dtype=torch.float32, device=device.torch_device)
    matrix = buffer.view(-1, ROW_VALUES)
    vector = torch.ones(ROW_VALUES, dtype=torch.float32, device=device.torch_device)
    integers = buffer.view(torch.int64)
    yield _fastest_s(device, lambda: torch.mv(matrix, vector), READ_BUDGET_S)
    yield _fastest_s(device, lambda: integers.sum(), READ_BUDGET_S)


def _peak_flops_per_s(device: Device, dtype: torch.dtype) -> float:
    """2 · n³ operations over the fastest product of n × n matrices, n as large as time allows.

    The second matrix is transposed, as every linear layer's weight is.
    """
    best, side, deadline = 0.0, SMALLEST_SIDE, time.perf_counter() + PRODUCT_BUDGET_S
    while True:
        work = _product(side, dtype, device)
        seconds = _fastest_s(device, work, (deadline - time.perf_counter()) / 2)
        left_s = deadline - time.perf_counter()
        is_last = side == LARGEST_SIDE or 8 * seconds > left_s
        if is_last:
            seconds = min(seconds, _fastest_s(device, work, left_s))
        best = max(best, 2 * side**3 / seconds)
        if is_last:
            return best
        side *= 2


def _product(side: int, dtype: torch.dtype, device: Device) -> Callable[[], Any]:
    place = device.torch_device
    if dtype is torch.int8:
        small, transposed = (
            torch.randint(-99, 99, (side, side), dtype=dtype, device=place) for _ in range(2)
        )
        return lambda: torch._int_mm(small, transposed.t())
    left, right = (torch.rand((side, side), dtype=dtype, device=place) for _ in range(2))
    return lambda: torch.nn.functional.linear(left, right)


def _fastest_s(device: Device, work: Callable[[], Any], budget_s: float) -> float:
    """Seconds of the work in the fastest of all samples within the budget, at least one; short
    work is repeated within a sample, so that reading the clock and launching weigh nothing.
    """
    once = _sample_s(device, work, 1)  # also warms up
    repeats = max(1, round(SAMPLE_S / once))
    best, deadline = once, time.perf_counter() + budget_s
    while time.perf_counter() < deadline:
        best = min(best, _sample_s(device, work, repeats))
    return best


def _sample_s(device: Device, work: Callable[[], Any], repeats: int) -> float:
    device.synchronise()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    device.synchronise()
    return (time.perf_counter() - start) / repeats


def _write(file: Path, ceilings: Ceilings) -> None:
    """All or nothing, so that being ended in the middle leaves no half of a file; where it cannot
    be kept, the run at hand still has it and the next measures again.
    """
    unfinished = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(ceilings.model_dump_json(indent=2), encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        logger.warning("the device's ceilings could not be kept: %s", error)
