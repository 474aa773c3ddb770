"""What torch.compile did: graphs, graph breaks and recompiles, from dynamo's own counters."""

from dataclasses import dataclass

import torch
from torch._dynamo.utils import counters

MOST_RECOMPILES = 64


@dataclass(frozen=True)
class CompileCounts:
    """Counts since the process began. `disk_hits` are kernels found in Inductor's disk cache,
    which makes a compile look cheaper than a first one is.
    """

    graphs: int
    breaks: int
    disk_hits: int

    def since(self, earlier: "CompileCounts") -> "CompileCounts":
        """What has been added since."""
        return CompileCounts(
            self.graphs - earlier.graphs,
            self.breaks - earlier.breaks,
            self.disk_hits - earlier.disk_hits,
        )


def compile_counts() -> CompileCounts:
    """Graphs compiled (recompiles included) and graph breaks so far."""
    return CompileCounts(
        graphs=counters["stats"]["unique_graphs"],
        breaks=sum(counters["graph_break"].values()),
        disk_hits=counters["inductor"]["fxgraph_cache_hit"],
    )


def never_fall_back_silently() -> None:
    """Past its recompile limit dynamo runs eager code with only a log line; make it raise."""
    torch._dynamo.config.recompile_limit = MOST_RECOMPILES
    torch._dynamo.config.fail_on_recompile_limit_hit = True
