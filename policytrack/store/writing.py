"""Says what an import and the application need of a recorder, beyond the interface of the event-sourcing library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBSequencedEvent

StoredForm = tuple[str, str, str]
"""Type, data and tags (JSON) of an event, as its class writes them; none contains a NUL character."""


class NothingToStore(Exception):
    """Ends a write transaction without a commit."""


class Writing(Protocol):
    """A write transaction in which an import is read, decided and appended in parts.

    The transaction excludes other writers, so reads need not be repeated before the append. Other processes see the new
    events only after the commit.
    """

    before: int
    """Position of the last event before the import."""
    position: int
    """Position of the last event so far."""

    def events(self, query: DCBQuery) -> Iterator[DCBSequencedEvent]:
        """Yield the recorded events that match, in order."""

    def first_positions(self, tags: Iterable[str]) -> dict[str, int]:
        """Return the first position of each tag that a recorded event carries."""

    def retracted(self, tags: Iterable[str]) -> set[str]:
        """Return the tags that a recorded retraction carries."""

    def has_older_tags(self) -> bool:
        """Return whether any event has a content tag of the first version."""

    def tags_at(self, positions: Iterable[int]) -> dict[int, str]:
        """Return the stored tags of the events at some positions."""

    def add(self, events: Iterable[StoredForm]) -> None:
        """Append events. Queries by tag find them only after the transaction."""


class LedgerRecorder(Protocol):
    """A recorder of an event store that implements `Store`."""

    def append(
        self,
        events: Sequence[DCBEvent],
        condition: DCBAppendCondition | None = None,
        *,
        recorded_at: Sequence[int] | None = None,
    ) -> int:
        """Append all events or none, with the given instants if any; return the position of the last."""

    def writing(self, *, dry_run: bool = False) -> AbstractContextManager[Writing]:
        """Open a write transaction in which an import reads, decides and appends all events or none.

        With `dry_run`, and on any error, nothing is stored. Raises `Busy`, `StorageTrouble` and `IntegrityTrouble`.
        """

    def positions_of_tags(self, tags: Iterable[str]) -> dict[str, int]:
        """Return the first position of each tag that an event carries, once no append of this user is in progress."""

    def clock_doubt(self) -> str | None:
        """Return why the clock that stamps the next events is probably wrong; None when nothing says so."""
