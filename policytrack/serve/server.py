"""Runs the server on a loopback address until it is interrupted."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from policytrack.api.reading import Reader
from policytrack.errors import UsageError
from policytrack.readmodel.session import ignore_copies
from policytrack.serve.app import application
from policytrack.serve.writing import Writing

LOOPBACK: Final = "127.0.0.1"
_MOST_CONNECTIONS: Final = 100


class _Server(uvicorn.Server):  # type: ignore[misc] # uvicorn need not be installed where types are checked
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let a signal end the server. uvicorn raises it again afterwards, and the command would end as interrupted."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of this computer; 0 means a free one. Raises `UsageError`."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((LOOPBACK, port))
        found.listen()  # from now on connections wait, and are not refused
    except OSError as cause:
        found.close()
        raise UsageError(
            f"cannot listen on port {port}: {cause.strerror}",
            hint="choose another with --port, or --port 0 for a free one",
        ) from cause
    return found


def configuration(reader: Reader, writing: Writing | None = None) -> uvicorn.Config:
    """Return how uvicorn serves a ledger."""
    return uvicorn.Config(
        application(reader, writing), http="h11", ws="none", lifespan="off", log_level="warning", access_log=False,
        server_header=False, limit_concurrency=_MOST_CONNECTIONS, timeout_graceful_shutdown=2, proxy_headers=False,
    )  # fmt: skip


def run(reader: Reader, listener: socket.socket, started: Callable[[], None], writing: Writing | None = None) -> None:
    """Serve until SIGINT or SIGTERM, with `writing` also forms. `started` is called just before."""
    ignore_copies()
    server = _Server(configuration(reader, writing))
    started()
    try:
        server.run(sockets=[listener])
    finally:
        reader.close()
