"""A device's datasheet by the name that its driver gives; none is better than a wrong one."""

import pytest

from core.analysis.datasheet import datasheet_of


@pytest.mark.parametrize(
    ("name", "bandwidth", "float16"),
    [
        ("NVIDIA H100 80GB HBM3", 3.35e12, 989.5e12),
        ("NVIDIA H100 PCIe", 2.0e12, 756e12),
        ("NVIDIA H100 NVL", 3.9e12, 835.5e12),
        ("NVIDIA H200", 4.8e12, 989.5e12),
        ("NVIDIA A100-SXM4-40GB", 1.555e12, 312e12),
        ("NVIDIA A100-SXM4-80GB", 2.039e12, 312e12),
        ("NVIDIA A100 80GB PCIe", 1.935e12, 312e12),
        ("NVIDIA L4", 300e9, 121e12),
        ("NVIDIA L40S", 864e9, 362.05e12),
        ("Tesla T4", 320e9, 65e12),
        ("NVIDIA GeForce RTX 4090", 1.008e12, 165.2e12),
    ],
)
def test_known_devices(name: str, bandwidth: float, float16: float) -> None:
    sheet = datasheet_of(name)
    assert sheet is not None
    assert sheet.bandwidth_bytes_per_s == bandwidth
    assert sheet.peak_flops_per_s["float16"] == float16
    assert sheet.source


@pytest.mark.parametrize(
    "name",
    [
        "AMD EPYC",
        "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 3090 Ti",
        "NVIDIA GeForce RTX 4090 D",
        "NVIDIA A10G",
        "",
    ],
)
def test_lesser_and_unknown_devices_have_none(name: str) -> None:
    assert datasheet_of(name) is None


def test_a_turing_gpu_states_no_bfloat16() -> None:
    sheet = datasheet_of("Tesla T4")
    assert sheet is not None
    assert "bfloat16" not in sheet.peak_flops_per_s
