"""Appends events as another event store, a backup or a published file has them: same positions, times and digests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery
from eventsourcing.persistence import IntegrityError

from policytrack.errors import Busy, IntegrityTrouble, Refused
from policytrack.store.digest import Stored
from policytrack.store.store import Store
from policytrack.store.writing import LedgerRecorder


def append_stored(
    store: Store,
    recorder: LedgerRecorder,
    pages: Iterable[list[Stored]],
    *,
    name: str,
    reached: Callable[[int], None],
) -> int:
    """Append the rows that the event store does not have yet; return the number of new events.

    `pages` are checked rows from e1 on, of `name`. Each page is a transaction: what is killed is continued by the next
    call. Raises `Refused` when the event store is not a beginning of `name`, with the first event that differs; `Busy`
    when another process appends meanwhile; and what `append` raises.
    """
    before = head = store.head().position
    end = 0
    for rows in pages:
        end = rows[-1][0]
        known = [row for row in rows if row[0] <= head]
        if known and store.digest_at(known[-1][0]) != known[-1][5].hex():
            raise _differs(store, known, name)
        new = rows[len(known) :]
        if new:
            head = _append(store, recorder, head, new)
        reached(end)
    if end < before:
        raise Refused(
            f"{name} ends at e{end}, but {store.name} has events up to e{before}",
            hint="copy in the other direction, or get a newer one",
        )
    return head - before


def _append(store: Store, recorder: LedgerRecorder, head: int, rows: list[Stored]) -> int:
    events = [DCBEvent(row[1].decode(), row[2], json.loads(row[3])) for row in rows]
    try:
        position = recorder.append(
            events, DCBAppendCondition(DCBQuery(), head or None), recorded_at=[row[4] for row in rows]
        )
    except IntegrityError as cause:
        raise Busy(
            f"another process has recorded in {store.name} meanwhile",
            hint="wait until the copy is complete before you record there; run the command again",
        ) from cause
    digest = store.digest_at(position)
    if digest != rows[-1][5].hex():
        raise IntegrityTrouble(
            f"e{position} in {store.name} got another digest than it has in the original",
            hint="remove the copy, and copy again with this version of policytrack",
        )
    return position


def _differs(store: Store, rows: list[Stored], name: str) -> Refused:
    first = next(row[0] for row in rows if store.digest_at(row[0]) != row[5].hex())
    return Refused(
        f"e{first} in {name} is not e{first} in {store.name}: each has events that the other has not",
        hint="to merge the events of one into the other: policytrack export events, then policytrack import",
    )
