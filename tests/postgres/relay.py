"""A relay before a server that breaks the connection at the commit of an append, as a network or a server may."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.postgres.server import Server

_NAME = ".s.PGSQL.5432"


class Relay:
    """Forwards connections, until a client commits an append.

    `passes_commit`: whether the server gets the commit, of which the client gets no answer. `closes`: whether no
    connection is possible after that.
    """

    def __init__(self, server: Server, *, passes_commit: bool, closes: bool) -> None:
        self._target = str(server.socket / _NAME)
        self._passes_commit, self._closes = passes_commit, closes
        self.broke = False
        self.folder = Path(tempfile.mkdtemp(prefix="rl", dir="/tmp"))
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.folder / _NAME))
        self._listening.listen(20)
        threading.Thread(target=self._accept, daemon=True).start()

    def address(self, database: str) -> str:
        """The address of a database through the relay."""
        return f"postgresql://owner@/{database}?host={self.folder}"

    def stop(self) -> None:
        """Accept no more connections, and remove the socket."""
        self._listening.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                if self.broke and self._closes:
                    client.close()
                    continue
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(self._target)
                threading.Thread(target=self._down, args=(client, upstream), daemon=True).start()
                threading.Thread(target=self._up, args=(client, upstream), daemon=True).start()

    def _up(self, client: socket.socket, upstream: socket.socket) -> None:
        has_appended = False
        with suppress(OSError):
            while data := client.recv(1 << 16):
                has_appended |= b"policytrack.append" in data
                if has_appended and b"COMMIT" in data and not self.broke:
                    self.broke = True
                    client.shutdown(socket.SHUT_RDWR)  # no answer reaches the client
                    if self._passes_commit:
                        time.sleep(0.5)  # the server commits after the client has seen the end of the connection
                        upstream.sendall(data)
                    break
                upstream.sendall(data)
        with suppress(OSError):
            upstream.shutdown(socket.SHUT_WR)

    @staticmethod
    def _down(client: socket.socket, upstream: socket.socket) -> None:
        with suppress(OSError):
            while data := upstream.recv(1 << 16):
                client.sendall(data)
        client.close()
        upstream.close()
