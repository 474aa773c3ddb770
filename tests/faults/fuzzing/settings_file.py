"""`endpoints.toml` in the data folder: servers by name, or what is wrong with which."""

import os
from contextlib import suppress

from core.errors import RequestError
from core.home import endpoints_file
from core.variants.endpoints import configured_endpoints, endpoint_problems
from tests.faults.fuzzing.target import Target, scratch_folder

FOLDER = scratch_folder()
SEEDS = (
    b'[lab]\naddress = "http://127.0.0.1:8000/v1"\nmodels = ["a/b"]\nkey = { env = "LAB_KEY" }\n',
    b'[a]\naddress = "https://h:1"\nstall_s = 60\nfirst_token_s = 1e3\n[b]\naddress = "http://c/"\n',
)


def feed(data: bytes) -> None:
    """Read the file in a data folder of its own."""
    before = os.environ.get("TRADEOFFS_HOME")
    os.environ["TRADEOFFS_HOME"] = str(FOLDER)
    try:
        endpoints_file().write_bytes(data)
        with suppress(RequestError):
            for name in configured_endpoints():
                endpoint_problems(name, "a/b")
    finally:
        del os.environ["TRADEOFFS_HOME"]
        if before is not None:
            os.environ["TRADEOFFS_HOME"] = before


TARGET = Target("settings_file", feed, SEEDS, ("address", "models", "key", "env", "stall_s", "nan"),
                soak_runs=60_000)  # fmt: skip
