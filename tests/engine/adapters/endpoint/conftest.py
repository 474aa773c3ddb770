"""Servers that are started, allowed, and asked for a workload."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from core.engine.adapters.endpoint.runner import EndpointRunner
from core.engine.cancellation import Cancellation
from core.variants.spec import Workload
from tests.engine.adapters.endpoint.starting import Start, adapter_of
from tests.scripted_server import Scripted, serving


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a server, allow it, and make a workload ready on it."""
    with ExitStack() as stack:

        def begin(scripted: Scripted, model: str = "m", **workload: Any) -> EndpointRunner:
            stack.enter_context(serving(scripted))
            monkeypatch.setenv("TRADEOFFS_ENDPOINTS", scripted.address)
            adapter = adapter_of(scripted.address, model)
            stack.callback(adapter.close)
            adapter.load(lambda _: None)
            return adapter.runner(Workload(**workload), Cancellation())

        yield begin
