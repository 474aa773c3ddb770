"""The adapter of an OpenAI-compatible server: what it computes is timed from outside.

Its time to first token holds, beside the server's own work, its queue and one round trip of the
network, over a connection that is open already.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.engine.adapters.adapter import TellLoading
from core.engine.adapters.endpoint.connection import Connection
from core.engine.adapters.endpoint.runner import EndpointRunner
from core.engine.adapters.endpoint.secret import secret_of
from core.engine.adapters.endpoint.server import Reached, reach
from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities
from core.results.observed import ModelFacts
from core.variants.address import host_of
from core.variants.endpoints import DEVICE_NAME, endpoint_problems, find_endpoint
from core.variants.spec import VariantSpec, Workload


class EndpointAdapter:
    """One server and one of its models, which it has loaded itself. It is reached anew for each
    workload: how far it is, and what it says it is, may change while the connections are kept.
    """

    computes_here = False
    no_quality: str | None = (
        "A server does not tell the probabilities of its whole vocabulary, which these need."
    )

    def __init__(self, variant: VariantSpec) -> None:
        self._variant = variant
        self._connection: Connection | None = None
        self._reached: Reached | None = None

    @property
    def device_name(self) -> str | None:
        """The server and its address: what it runs on it does not tell."""
        reached = self._reached
        if reached is None:
            return None
        return " ".join(filter(None, (DEVICE_NAME, reached.host, str(reached.server))))

    def prepare(self, tell: TellLoading) -> None:
        """A server has what it needs."""

    def load(self, tell: TellLoading) -> None:
        """Look up what is allowed of the server. Raises RequestError where it may not be asked,
        LoadFailed where its key cannot be sent.
        """
        address = self._variant.endpoint or ""
        problems = endpoint_problems(address, self._variant.model)
        if problems:
            raise problems[0]
        endpoint = find_endpoint(address)
        tell(f"reaching {host_of(endpoint.address)}")
        self.close()
        self._connection = Connection(endpoint, secret_of(endpoint))

    def runner(self, workload: Workload, cancellation: Cancellation) -> EndpointRunner:
        """Reach the server, and find the way in which it takes the workload. Raises LoadFailed
        where it does not answer.
        """
        assert self._connection is not None
        self._reached = reach(self._connection, cancellation)
        return EndpointRunner(self._variant, workload, self._reached, cancellation)

    def facts(self) -> ModelFacts | None:
        """A server does not tell what its model is made of."""
        return None

    def files(self) -> Sequence[Path]:
        """A server has them."""
        return ()

    def packages(self) -> Mapping[str, str]:
        """The server, where it tells its version."""
        server = self._reached.server if self._reached else None
        return {server.name or "server": server.version} if server and server.version else {}

    @property
    def context(self) -> int | None:
        """A server does not tell."""
        return None

    @property
    def beginning(self) -> int | None:
        """It is not told."""
        return None

    def encode(self, text: str) -> Encoded:
        """Never asked: see `no_quality`."""
        raise NotImplementedError(f"{self.no_quality} ({len(text)} characters)")

    def passages(self, token_ids: Sequence[Sequence[int]]) -> Iterator[LogProbabilities]:
        """Never asked: see `no_quality`."""
        raise NotImplementedError(self.no_quality)

    def close(self) -> None:
        """Close the connections."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._reached = None
