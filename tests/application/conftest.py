"""A ledger in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policytrack.application import PolicyTrack
from policytrack.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "ledger")


@pytest.fixture
def application(ledger: Ledger) -> Iterator[PolicyTrack]:
    with ledger.application() as application:
        yield application
