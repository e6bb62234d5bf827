"""A server for each process of the tests, and a database of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder
from policytrack.store.postgres.schema import create
from tests.postgres.server import MakeDatabase, Server, programs


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if programs() is None:
        pytest.skip("no PostgreSQL server is installed")
    server = Server(tmp_path_factory.mktemp("postgres"))
    server.start()
    server.execute("postgres", "CREATE DATABASE made")
    create(Connections(Address.read(server.address("made"))))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def empty_database(server: Server, _numbers: Iterator[int]) -> str:
    """The name of a database without an event store."""
    name = f"empty_{next(_numbers)}"
    server.execute("postgres", f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def make_database(server: Server, _numbers: Iterator[int]) -> MakeDatabase:
    """Makes databases, each with an empty event store."""

    def make() -> str:
        name = f"made_{next(_numbers)}"
        server.execute("postgres", f"CREATE DATABASE {name} TEMPLATE made")
        return name

    return make


@pytest.fixture
def address(server: Server, make_database: MakeDatabase) -> str:
    """The address of an empty event store."""
    return server.address(make_database())


@pytest.fixture
def connections(address: str) -> Iterator[Connections]:
    connections = Connections(Address.read(address))
    yield connections
    connections.close()


@pytest.fixture
def recorder(connections: Connections, tmp_path: Path) -> PostgresDCBRecorder:
    return PostgresDCBRecorder(connections, head_file=tmp_path / "ledger.head")
