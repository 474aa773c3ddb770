"""This machine as it decides what can run and how fast: devices, engines, packages, threads."""

import os

import pandas as pd
import streamlit as st

from core.results.format import DASH, show
from core.variants.environment import Device, Environment
from pages.widgets.engines_view import draw_engines
from pages.widgets.layout import escape


def draw_environment(environment: Environment) -> None:
    """Tables of the devices and the packages, the engines, and a line on the host."""
    devices = pd.DataFrame([_device(device) for device in environment.devices])
    st.table(devices.set_index("Device"))
    st.caption(escape(host_sentence(environment)))
    st.markdown("###### Engines")
    draw_engines(environment, environment.devices[0])
    st.markdown("###### Packages")
    versions = sorted(environment.packages.items())
    st.table(pd.DataFrame(versions, columns=["Package", "Version"]).set_index("Package"))


def host_sentence(environment: Environment) -> str:
    """Python, system, processors, and what decides how many threads a product uses."""
    asked = os.environ.get("OMP_NUM_THREADS")
    threads = (
        f"OMP_NUM_THREADS={asked} limits the threads of a run"
        if asked
        else "OMP_NUM_THREADS is not set, so PyTorch picks the threads of a run itself"
    )
    return (
        f"Python {environment.python} on {environment.platform}. This program may use "
        f"{environment.cpu_count} processors; {threads}. How many it had is stored with each run."
    )


def _device(device: Device) -> dict[str, str]:
    capability = device.compute_capability
    return {
        "Device": device.key,
        "Name": device.name,
        "Memory": show(device.memory_bytes, "bytes"),
        "Free now": show(device.free_bytes, "bytes"),
        "Driver": device.driver or DASH,
        "Compute capability": DASH if capability is None else str(capability),
    }
