"""Reads a ledger for its clients: finds the file of a read model at coordinates, and opens sessions on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policytrack.questions.citation import Citation
from policytrack.readmodel.session import Session

if TYPE_CHECKING:
    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates


@dataclass(frozen=True, slots=True)
class Located:
    """The file that answers at coordinates, and the head (position and digest in hex) of the events in it."""

    path: Path
    coordinates: Coordinates
    citation: Citation


class Reader:
    """Opens sessions on the read model of a ledger, from any thread."""

    def __init__(self, ledger: Ledger, today: Callable[[], date], notes: Callable[[str], None]) -> None:
        self.ledger, self.today, self._notes = ledger, today, notes
        # One thread at a time catches up: the others wait for its result instead of building the same.
        self._lock = threading.Lock()
        self._open: Session | None = None

    def head(self) -> int:
        """Return the position of the last event in the event store."""
        return self.ledger.store.head().position

    def locate(self, coordinates: Coordinates) -> Located:
        """Return the file for coordinates; catch up or replay first. Raises what `Ledger.file_at` does.

        The head of the last event is answered from the current read model, without a replay.
        """
        wanted = coordinates
        if coordinates.head is not None and coordinates.head == self.head():
            wanted = replace(coordinates, head=None)
        with self._lock:
            path = self.ledger.file_at(wanted, notes=self._notes)
            if wanted.head is None and wanted.counted() is None:
                self._keep_open(path, wanted)
        position, digest = self.ledger.head_of_file(path)
        if coordinates.head is not None and position != coordinates.head:  # recorded meanwhile
            return self.locate(coordinates)
        return Located(path, coordinates, Citation(self.ledger.root.name, coordinates, position, digest))

    @contextmanager
    def session(self, located: Located) -> Iterator[Session]:
        """Open a session on the file of `locate`."""
        with Session(located.path, located.coordinates) as session:
            yield session

    def rebuild(self) -> None:
        """Discard the read model, since it is damaged: the next answer rebuilds it."""
        with self._lock:
            self._close()
            self.ledger.distrust_read_model()

    def stored(self, position: int) -> dict[str, Any]:
        """Return the fields of an event as stored."""
        import json

        batch = next(iter(self.ledger.batches(position - 1, position)))
        fields: dict[str, Any] = json.loads(batch["data"][0].as_py())
        return fields

    def close(self) -> None:
        """Close the read model."""
        with self._lock:
            self._close()

    def _keep_open(self, path: Path, coordinates: Coordinates) -> None:
        """Keep one session open on the current file: others on it then share its instance of the engine, and start
        twenty times faster."""
        if self._open is None or self._open.path != path:
            self._close()
            self._open = Session(path, coordinates).__enter__()

    def _close(self) -> None:
        if self._open is not None:
            self._open.__exit__(None, None, None)
            self._open = None
