"""A PostgreSQL server of Debian's package, started for tests in a folder of its own.

It asks for a password, sorts texts by a language's rules where its installation can, and forgets
about disks: what it stores outlives its own crash, not the machine's.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

USER, PASSWORD = "lab", "s3cr:t/pass@word"
WRITTEN_PASSWORD = "s3cr%3At%2Fpass%40word"
SERVERS_USER = "postgres"  # a server refuses to run as root
START_S = 30.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


def programs() -> Path | None:
    """The folder of the newest installed server's programs, None where there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    found = versions[-1] if versions else shutil.which("postgres")
    return Path(found).parent if found else None


def _version(program: Path) -> int:
    return int(program.parent.parent.name)


class PostgresServer:
    """One server on a port of 127.0.0.1, with a database `postgres` to begin with."""

    def __init__(self, found: Path) -> None:
        self._programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="tradeoffs-postgres-"))
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()
        self.start()

    def address(self, database: str = "postgres", password: str = WRITTEN_PASSWORD) -> str:
        """What `$TRADEOFFS_DB` would say."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Carry out one statement, past the program, and return its rows."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, options: str = "") -> str:
        """A new, empty database; returns its address."""
        self.execute(f"CREATE DATABASE {database} {options}")
        return self.address(database)

    def start(self) -> None:
        """Start the server, again on the same port, and wait until it answers."""
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [self._programs / "postgres", "-D", self.folder / "data", f"--port={self.port}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*map(str, command), *settings], stdout=log, stderr=log, **_as_whom()
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it; SIGQUIT as a crash would, in the middle of whatever it does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_S)
            self._process = None

    def close(self) -> None:
        """End it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        """The data folder: sorted by a language's rules, so that a test can fail by them."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if _as_whom():
            for path in (self.folder, secret):
                shutil.chown(path, SERVERS_USER)
        sorting = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"]
        options = ["--encoding=UTF8", "--auth=scram-sha-256", "--no-sync", *sorting]
        command = [self._programs / "initdb", "-D", self.folder / "data", "-U", USER]
        subprocess.run(
            [*map(str, command), f"--pwfile={secret}", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            **_as_whom(),
        )

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _as_whom() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    return {"user": SERVERS_USER, "group": pwd.getpwnam(SERVERS_USER).pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
