"""A PgBouncer in transaction mode before a server: each transaction of a client may run on another connection."""

from __future__ import annotations

import shutil
import subprocess
import time

import psycopg

from tests.postgres.server import Server, account

_PORT = 6432


def program() -> str | None:
    """The path of pgbouncer; None where it is not installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


class Pooler:
    """A pooler with two connections to the server for each database and user."""

    def __init__(self, server: Server) -> None:
        found = program()
        assert found is not None
        self._folder = server.socket / "pooler"
        self._folder.mkdir()
        (self._folder / "users.txt").write_text('"owner" ""\n')
        settings = {
            "unix_socket_dir": str(self._folder),
            "unix_socket_mode": "0777",
            "listen_port": str(_PORT),
            "auth_type": "trust",
            "auth_file": str(self._folder / "users.txt"),
            "pool_mode": "transaction",
            "default_pool_size": "2",
            "logfile": str(self._folder / "log"),
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        text = "\n".join(["[databases]", f"* = host={server.socket}", "[pgbouncer]", *lines, ""])
        (self._folder / "pgbouncer.ini").write_text(text)
        user = account()
        if user:
            for path in (self._folder, *self._folder.iterdir()):
                shutil.chown(path, user)
        self._process = subprocess.Popen(
            [found, str(self._folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd=self._folder,
        )
        for _ in range(200):
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                time.sleep(0.05)
        raise AssertionError((self._folder / "log").read_text())

    def address(self, database: str) -> str:
        """The address of a database through the pooler."""
        return f"postgresql://owner@/{database}?host={self._folder}&port={_PORT}"

    def stop(self) -> None:
        """Stop the pooler and remove its files."""
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self._folder)
