"""Says what the rest of the program needs of an event store. SQLite and PostgreSQL implement it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.store.anchor import Head
    from policytrack.store.chain import ChainReport, Progress
    from policytrack.store.digest import Stored
    from policytrack.store.transactions import Transaction


class Store(Protocol):
    """An event store: positions 1, 2, 3 … without gaps, an append-only digest chain, and instants that never decrease.

    Every method that reads raises `NotFound` when the event store does not exist, `IntegrityTrouble` when it is damaged
    or has lost acknowledged events, `StorageTrouble` when it cannot be reached, and `Busy` when it stays locked.
    """

    @property
    def name(self) -> str:
        """Where the event store is, for messages. Never contains a password."""

    @property
    def head_file(self) -> Path:
        """The anchor: the file with the last head that this user's commands have seen."""

    def exists(self) -> bool:
        """Return whether the event store exists."""

    def create(self) -> None:
        """Create the event store, empty. Raises `Refused` when it exists."""

    def head(self) -> Head:
        """Return the last event's position, digest and instant."""

    def digest_at(self, position: int) -> str | None:
        """Return the digest in hex at a position; position 0 is the start of the chain. None beyond the head."""

    def digests(self, upto: int) -> Iterator[bytes]:
        """Yield the digests of the events up to a position, in order."""

    def position_at(self, instant: datetime) -> int:
        """Return the last position recorded at or before an instant (UTC if it has no zone); 0 when there is none."""

    def transaction_of(self, position: int) -> Transaction | None:
        """Return the transaction that recorded the event at a position; None when the position does not exist."""

    def arrow_batches(
        self, after: int, size: int, upto: int | None = None, *, first: int | None = None
    ) -> Iterator[pa.Table]:
        """Yield the events after `after` up to `upto` (None: the head at the time of the call), in batches of `size`.

        With `first`, the first batch has that many events, and each further batch twice as many as the one before. The
        columns are those of `policytrack.store.arrow.arrow_schema`. Each event is checked against its digest.
        """

    def arrow_rows(self, positions: Sequence[int]) -> pa.Table:
        """Return the events at some positions, in order, each checked; positions beyond the head are left out."""

    def checked_pages(self, after: int, upto: int) -> Iterator[list[Stored]]:
        """Yield the stored rows after a position up to another, in pages, each event checked against its digest."""

    def wait_beyond(self, position: int, seconds: float) -> bool:
        """Wait until there are events after a position, at most some seconds; return whether there are any."""

    def verify(self, progress: Progress | None = None) -> ChainReport:
        """Recompute all digests, and check positions, tags and indexes. Damage is reported in the result."""

    def settings_of_application(self) -> Mapping[str, str]:
        """Return the settings by which the event-sourcing library opens a recorder of this event store."""

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep connections open in the context; close them at its end."""

    def settle(self) -> None:
        """Tidy up after a command that wrote. Raises nothing that a retry would mend, and loses nothing if it fails."""

    def copy_to(self, path: Path) -> Store:
        """Copy a snapshot to a new SQLite file, with the same positions and digests, and return the copy."""

    def condition(self) -> str:
        """Return the durability settings and the format that the event store reports, in words."""

    def files(self) -> Sequence[Path]:
        """Return the files of this computer that must be writable."""

    def size(self) -> int:
        """Return the size on disk in bytes."""

    def permissions(self) -> int:
        """Return the mode bits of who may read the events: copies and seals get no more."""
