"""A server of the demo ledger: a process of its own on a free port, started once."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser import new_page
from tests.cli.conftest import ask, environment

__all__ = ["ask", "new_page"]
SEED = "as_of=2025-10-31&known_at=2025-10-31"
"""The day on which the article of the seed story was known."""


@dataclass(frozen=True)
class Got:
    """What the server answered."""

    status: int
    body: bytes
    headers: Message

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running server."""

    base: str
    start: str = ""
    """The start link, if it may be written."""

    def get(self, path: str, method: str = "GET", **headers: str) -> Got:
        """Ask for a path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = self.base + quote(path, safe="/?=&+%~.:,")
        asked = urllib.request.Request(address, headers=named, method=method)  # noqa: S310 # our own server
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                return Got(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as refused:
            return Got(refused.code, refused.read(), refused.headers)


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[Served]:
    """Serve a ledger; at the end the server must stop without an error, and have printed nothing else."""
    command = [sys.executable, "-m", "policytrack", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            found = re.search(r"is served at (http://127\.0\.0\.1:[0-9]+)/ ", line)
            assert found, line + process.stderr.read()
            start = re.search(r"open (\S+)", process.stderr.readline()) if "--write" in flags else None
            yield Served(found[1], start[1] if start else "")
        finally:
            process.send_signal(signal.SIGINT)
            printed = process.stderr.read()
    assert (process.returncode, printed) == (0, "stopped\n")


@pytest.fixture(scope="session")
def served(demo_ledger: Path) -> Iterator[Served]:
    """The demo ledger, served."""
    for name in ("jinja2", "starlette", "uvicorn"):
        pytest.importorskip(name, reason=f"{name} is not installed (extra serve): the server is not tested")
    with serving(demo_ledger) as server:
        yield server
