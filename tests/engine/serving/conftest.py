"""A tiny real model that serves, loaded once for each module."""

from pathlib import Path

import pytest

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.loader import Loaded, load
from core.engine.serving.batches import BatchRunner
from core.engine.serving.prompts import Prompts
from core.variants.spec import VariantSpec


@pytest.fixture(scope="module")
def device() -> CpuDevice:
    return CpuDevice()


@pytest.fixture(scope="module")
def loaded(tiny_model_folder: Path, device: CpuDevice) -> Loaded:
    return load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, device)


@pytest.fixture
def cancellation() -> Cancellation:
    made = Cancellation()
    made.begin("load-1")
    return made


@pytest.fixture
def runner(loaded: Loaded, device: CpuDevice, cancellation: Cancellation) -> BatchRunner:
    return BatchRunner(loaded, device, cancellation)


@pytest.fixture
def prompts(loaded: Loaded) -> Prompts:
    return Prompts(loaded, longest=64)
