"""A PostgreSQL server of its own for the tests: a temporary folder, a Unix socket, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))


def programs() -> Path | None:
    """The folder of initdb and postgres; None where the server is not installed."""
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else next((one for one in _PLACES if (one / "initdb").exists()), None)


def account() -> str | None:
    """The account of the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


class Server:
    """A server. Everyone on its socket is let in as the user they name, except `secured`, who needs a password."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        assert found is not None
        self._programs, self._account = found, account()
        # A socket's path has at most 107 characters, and the server's account must reach it.
        self.socket = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self._data = self.socket / "data"
        if self._account:
            shutil.chown(self.socket, self._account)
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-U", "owner", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        hba = "local all secured scram-sha-256\nlocal all all trust\n"
        (self._data / "pg_hba.conf").write_text(hba)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "server.log"

    def start(self, *, is_durable: bool = False) -> None:
        """Start the server and wait until it answers. `is_durable`: with fsync, for tests that kill it."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "max_connections": "60",
            "fsync": "on" if is_durable else "off",
            "synchronous_commit": "on" if is_durable else "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._data), *words],
                stdout=log,
                stderr=log,
                user=self._account,
                cwd=self.socket,
            )
        for _ in range(600):
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.05)
        raise AssertionError(self._log.read_text())

    def kill(self) -> None:
        """Kill every process of the server at once, as a power failure of the machine would."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            with suppress(ProcessLookupError):  # a child may end by itself once its parent is gone
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
        shutil.rmtree(self.socket, ignore_errors=True)

    def address(self, database: str, user: str = "owner") -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def execute(self, database: str, *statements: str, user: str = "owner") -> None:
        """Run statements, each in its own transaction."""
        with psycopg.connect(self.address(database, user), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._programs / program), *words],
            check=True,
            capture_output=True,
            user=self._account,
            cwd=self.socket,
        )


MakeDatabase = Callable[[], str]
