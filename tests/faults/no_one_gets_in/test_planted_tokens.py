"""Tokens planted in the environment are found nowhere afterwards: no file, page, list or word."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.variants import endpoints
from core.variants.engine import Engine
from tests.browser.server import ROOT, serve
from tests.engine.hub_server import Hub
from tests.engine.hub_server import serving as serving_hub
from tests.faults.no_one_gets_in.forging import forging_tab
from tests.scripted_server import Scripted, error
from tests.scripted_server import serving as serving_endpoint

TOKENS = {
    "HF_TOKEN": "hf_planted0Token1Of2The3Hub",
    "LAB_KEY": "sk-planted-9f8e7d6c5b4a",
    "PGPASSWORD": "planted-pg-5e4d3c2b1a",
}
DATABASE = "planted-db-a1b2c3d4e5"
SECRETS = (*TOKENS.values(), DATABASE)
PAGES = (
    ("", ""), ("history", ""), ("history", "run={run}"), ("", "job={run}"), ("decide", ""),
    ("compare", "runs={run}"), ("present", ""), ("compare", "of={run}"),
)  # fmt: skip
QUICK = ("--max-new-tokens", "2", "--repeats", "1", "--warmup", "0", "--no-quality")


class Watched:
    """Argument lists of the test's whole family, looked at again and again meanwhile."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.environments: dict[str, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error, OSError):
                    line = " ".join(process.cmdline())
                    self.seen.add(line)
                    self.environments[line] = " ".join(
                        f"{key}={value}" for key, value in process.environ().items()
                    )


@pytest.fixture
def planted(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """The tokens, and a server that takes one of them."""
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    home.mkdir(parents=True, exist_ok=True)
    with serving_endpoint(Scripted()) as server:
        text = f'[lab]\naddress = "{server.address}"\nkey = {{ env = "LAB_KEY" }}\n'
        (home / "endpoints.toml").write_text(text)
        yield server


def core(*arguments: str, **variables: str) -> str:
    """What a command printed, whatever came of it."""
    command = [sys.executable, "-m", "core", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    return done.stdout + done.stderr


def assert_clean(printed: str, folder: Path) -> None:
    """No secret in the words, nor in any file below the folder, the history's among them."""
    assert [secret for secret in SECRETS if secret in printed] == []
    files = [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    assert len(files) > 2
    for file in files:
        content = file.read_bytes()
        assert [secret for secret in SECRETS if secret.encode() in content] == [], file


def endpoint_runs(server: Scripted) -> str:
    """One that works, one whose server sends the key back, and one that has no database."""
    asked = ("run", "--engine", "openai", "--endpoint", "lab", "--model", "m", *QUICK)
    printed = core(*asked)
    server.answer = lambda _: error(401, f"wrong key {TOKENS['LAB_KEY']}, Bearer")
    printed += core(*asked)
    address = f"postgresql://lab:{DATABASE}@127.0.0.1:1/lab"
    return printed + core("history", TRADEOFFS_DB=address)


async def page_texts(url: str, run: str) -> str:
    texts = []
    for page, query in PAGES:
        async with forging_tab(url, page, query.format(run=run)) as tab:
            texts += [*tab.shown, tab.query]
    return "\n".join(texts)


def stored_ids() -> list[str]:
    listed = json.loads(core("history", "--json"))
    return [run["run_id"] for run in (listed if isinstance(listed, list) else listed["runs"])]


def test_tokens_of_endpoints_and_databases_are_found_nowhere(
    planted: Scripted, tmp_path: Path
) -> None:
    with Watched() as watched:
        printed = endpoint_runs(planted)
        core("history", "--csv", str(tmp_path / "runs.csv"))
        with serve(ROOT / "app.py", tmp_path) as server:
            printed += asyncio.run(page_texts(server.url, stored_ids()[0]))
    assert "401" in printed or "LAB_KEY" in printed
    assert_clean(printed + "\n".join(watched.seen), tmp_path)
    workers = [told for line, told in watched.environments.items() if "core.engine.worker" in line]
    assert workers
    for told in workers:
        assert TOKENS["HF_TOKEN"] not in told
        assert DATABASE not in told


@pytest.mark.soak
def test_the_hubs_token_is_found_nowhere(
    planted: Scripted, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that works, and a download of a gated model that the token does not open."""
    del planted
    monkeypatch.delenv("HF_HUB_OFFLINE")
    files = {file.name: file.read_bytes() for file in tiny_model_folder.iterdir()}
    with serving_hub(Hub({"owner/gated": files}, gated=("owner/gated",))) as hub, Watched() as seen:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        printed = core("run", "--model", str(tiny_model_folder), *QUICK)
        printed += core("run", "--model", "owner/gated", "--weights", "trained", *QUICK)
        assert hub.asked
    assert "gated" in printed
    assert_clean(printed + "\n".join(seen.seen), tmp_path)
    workers = [told for line, told in seen.environments.items() if "core.engine.worker" in line]
    assert workers
    assert not any(TOKENS["LAB_KEY"] in told for told in workers)


def test_a_worker_has_the_keys_of_its_own_engine_alone(planted: Scripted) -> None:
    from core.jobs.worker_process import _environment

    del planted
    assert endpoints.endpoint_keys() == {"LAB_KEY"}
    assert {"HF_TOKEN", "LAB_KEY"} & set(_environment(Engine.OPENAI)) == {"LAB_KEY"}
    assert {"HF_TOKEN", "LAB_KEY"} & set(_environment(Engine.TRANSFORMERS)) == {"HF_TOKEN"}
    assert {"HF_TOKEN", "LAB_KEY"} & set(_environment(Engine.LLAMA_CPP)) == set()
