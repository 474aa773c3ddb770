"""Fixtures for all tests: a data folder of their own, the prepared bundled model, a tiny model.

The bundled model is converted once and kept in pytest's cache folder, so that later sessions
start at once; `TRADEOFFS_PREPARED_MODEL` names a folder that was converted already.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.home import DATABASE_VARIABLE, engines_folder
from core.results.history import History
from core.variants.engine import Engine
from core.variants.engine_support import support
from core.variants.environment import Environment, read_environment
from core.variants.models import BUNDLED_KEY
from tests.postgres_server import PostgresServer, programs
from tests.transformers_server import serving_model

ROOT = Path(__file__).resolve().parent.parent
ENGINES_HERE = engines_folder()  # the person's, before a test has a data folder of its own

# Tests ask whether a run works, not how fast it is; with one thread a busy machine hardly slows
# them, where several threads that wait for each other take ten times as long.
os.environ["OMP_NUM_THREADS"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak`: run the long tests too, which are otherwise left out."""
    parser.addoption("--soak", action="store_true", help="run the tests marked soak too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a GPU on a machine without one, or an engine that is not set up; leave out
    what only `make soak` runs.
    """
    if not config.getoption("soak"):
        _leave_out_the_soak(config, items)
    environment = read_environment()
    for item in items:
        if item.get_closest_marker("gpu") and environment.default_device == "cpu":
            item.add_marker(pytest.mark.skip(reason="needs an NVIDIA GPU"))
        if marker := item.get_closest_marker("engines"):
            _skip_without(Engine(marker.args[0]), item, environment)


def _leave_out_the_soak(config: pytest.Config, items: list[pytest.Item]) -> None:
    long = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


def _skip_without(engine: Engine, item: pytest.Item, environment: Environment) -> None:
    device = environment.device("cpu")
    assert device is not None
    found = support(engine, environment, device)
    if not found.usable:
        item.add_marker(pytest.mark.skip(reason=found.explanation))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`$TRADEOFFS_HOME` of this test alone, not yet made; its device locks and its cache of the
    hub are its own too, and the hub is out of reach.
    """
    folder = tmp_path / "home"
    monkeypatch.setenv("TRADEOFFS_HOME", str(folder))
    monkeypatch.setenv("TRADEOFFS_LOCKS", str(tmp_path / "locks"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("TRADEOFFS_MODEL_ROOTS", "TRADEOFFS_HUB", DATABASE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def prepared_model(pytestconfig: pytest.Config) -> Path:
    """The folder of the bundled model as `python -m core.engine.bundled` converts it."""
    given = os.environ.get("TRADEOFFS_PREPARED_MODEL")
    if given:
        return Path(given)
    cache = pytestconfig.cache
    assert cache is not None
    folder = cache.mkdir("home-with-bundled-model")
    subprocess.run(
        [sys.executable, "-m", "core.engine.bundled"],
        cwd=ROOT,
        env={**os.environ, "TRADEOFFS_HOME": str(folder)},
        check=True,
    )
    return folder / "models" / BUNDLED_KEY


@pytest.fixture
def bundled_model(prepared_model: Path, home: Path) -> Path:
    """The prepared bundled model in this test's own data folder."""
    link = home / "models" / BUNDLED_KEY
    link.parent.mkdir(parents=True)
    link.symlink_to(prepared_model, target_is_directory=True)
    return link


@pytest.fixture(scope="session")
def engines_here() -> Path:
    """Where the person's engine environments are."""
    return ENGINES_HERE


@pytest.fixture(scope="session")
def tiny_model_folder(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two layers with random weights and the bundled model's tokenizer.

    Real code, files and shapes for tests of the engine, at milliseconds per token.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config = AutoConfig.from_pretrained(
        prepared_model,
        num_hidden_layers=2,
        hidden_size=64,
        intermediate_size=128,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=512,
    )
    folder = tmp_path_factory.mktemp("models") / "tiny-llama"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(prepared_model).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests that need one. Where none is installed they are skipped,
    or fail with `REQUIRE_POSTGRES=1`.
    """
    found = programs()
    if found is None:
        missing = "needs a PostgreSQL server (Debian: apt-get install postgresql)"
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail(missing)
        pytest.skip(missing)
    server = PostgresServer(found)
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_tables(postgres: PostgresServer) -> str:
    """The address of the database that the tests of this session share."""
    address = postgres.create("shared")
    History(address).rows()
    return address


@pytest.fixture
def postgres_database(postgres: PostgresServer, postgres_tables: str) -> str:
    """The same, with nothing in it."""
    postgres.execute("TRUNCATE runs, baselines, experiments, experiment_runs", "shared")
    return postgres_tables


@pytest.fixture
def team_history(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> History:
    """The history of this test's program, in PostgreSQL."""
    monkeypatch.setenv(DATABASE_VARIABLE, postgres_database)
    return History()


@pytest.fixture(scope="session")
def transformers_serve(
    prepared_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real `transformers serve` with the bundled model, one for all tests."""
    with serving_model(prepared_model, tmp_path_factory.mktemp("serve")) as address:
        yield address
