"""The models that are known by name, read from `catalogue.toml`: a new one is a row there."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class Entry:
    """One model of the catalogue. `revision` is a commit of the hub's repository `hub_id`; both
    are None for the bundled model. `config` is what the model can be built from.
    """

    key: str
    label: str
    licence: str
    parameters: int
    gated: bool
    config: Mapping[str, Any] = field(hash=False)
    hub_id: str | None = None
    revision: str | None = None
    note: str = ""


@cache
def entries() -> Mapping[str, Entry]:
    """Every model of the catalogue by its key, in the order of the menu."""
    with CATALOGUE.open("rb") as file:
        rows = tomllib.load(file)["model"]
    return {row["key"]: Entry(**row) for row in rows}


def entry_of_hub_id(hub_id: str) -> Entry | None:
    """The entry of that repository; a hub does not tell capital letters apart."""
    return next(
        (e for e in entries().values() if e.hub_id and e.hub_id.lower() == hub_id.lower()), None
    )
