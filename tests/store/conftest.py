"""A store in a folder of its own, and what fills it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    create_store(path)
    return path


@pytest.fixture
def recorder(store: Path) -> Iterator[SQLiteDCBRecorder]:
    recorder = SQLiteDCBRecorder(store, head_file=head_file_beside(store))
    yield recorder
    recorder.close()
