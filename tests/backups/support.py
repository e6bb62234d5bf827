"""Ledgers to back up, and what runs in processes that are killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from eventsourcing.dcb.api import DCBEvent

from policytrack.backups import back_up
from policytrack.backups.restore import restore
from policytrack.ledger import Ledger
from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.store import SQLiteStore


def append(ledger: Ledger, events: Iterable[DCBEvent]) -> None:
    with closing(SQLiteDCBRecorder(ledger.store.path, head_file=head_file_beside(ledger.store.path))) as recorder:
        recorder.append(list(events))


def numbered(first: int, last: int) -> list[DCBEvent]:
    return [DCBEvent("a", f'{{"n":{n},"name":"名 \\" é"}}'.encode(), [f"n:{n}", "all"]) for n in range(first, last + 1)]


def processes() -> ForkServerContext:
    """Processes that start fast, because a server has imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.backups.support"])
    return context


def back_up_repeatedly(root: Path, to: Path, begun: Connection) -> None:
    """Back up in small segments, so that a kill often comes between two of them."""
    back_up.EVENTS_PER_SEGMENT = 25  # type: ignore[misc]
    begun.send_bytes(b"begun")
    back_up.back_up(root, SQLiteStore(root / "events.db"), to)


def restore_once(source: Path, to: Path, begun: Connection) -> None:
    begun.send_bytes(b"begun")
    restore(source, to)
