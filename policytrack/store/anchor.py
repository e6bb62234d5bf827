"""Reads the head of an event store, and the anchor file that records the last acknowledged head.

SQLite opens an event store whose write-ahead log was lost or truncated without an error, with fewer events. The anchor,
`ledger.head`, detects this: it holds the position and the digest of the last event that was reported as stored.

The file has two slots of 4,096 bytes, each with a line ``e12 sha256:… crc32:…`` padded with spaces. A new line replaces
the older one, so that an interrupted write leaves the other slot intact. Neither name nor size of the file change,
which makes a durable write three times as fast as a new file (measured). A file with one line ``e12 sha256:…``, as
earlier versions wrote it, is read too.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble, PolicytrackError, StorageTrouble
from policytrack.input_files import open_input
from policytrack.store.clock import instant_of
from policytrack.unfinished import unfinished

HEAD_FILE: Final = "ledger.head"
LEDGER_STORE: Final = "events.db"
_LINE: Final = re.compile(rb"(e(0|[1-9][0-9]{0,17}) sha256:([0-9a-f]{64}))(?: crc32:([0-9a-f]{8}) *)?\n")
_PLACE: Final = 4096
"""The size of a slot in bytes: one disk sector, so that the slots never share one."""
_sync = getattr(os, "fdatasync", os.fsync)  # macOS and Windows have no fdatasync

_Anchor = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of an event store: its position, digest in hex, and instant of recording (UTC, without zone).

    An empty event store has position 0, the digest that the first event is chained to, and no instant.
    """

    position: int
    digest_hex: str
    recorded_at: datetime | None

    @classmethod
    def of(cls, position: int, digest: bytes, recorded_at: int | None) -> Head:
        """Return the head of these parts; `recorded_at` is in microseconds since 1970-01-01 UTC."""
        return cls(position, digest.hex(), None if recorded_at is None else instant_of(recorded_at))

    def __str__(self) -> str:
        return f"e{self.position} sha256:{self.digest_hex}"


def head_file_beside(store: Path) -> Path:
    """Return the path of an event store's anchor: `ledger.head` for `events.db`, `NAME.head` for any other file.

    A backup in the same folder therefore has its own anchor.
    """
    return store.parent / (HEAD_FILE if store.name == LEDGER_STORE else f"{store.name}.head")


def write_anchor(head_file: Path, position: int, digest: bytes) -> None:
    """Write the last acknowledged event to the anchor, durably, unless the anchor already has a later one.

    Two processes may overtake each other between reading and writing and leave an older line. That is safe: the anchor
    may lag behind the event store, but must never be ahead of it. Raises `OSError`, and what `read_anchor` raises.
    """
    line = f"e{position} sha256:{digest.hex()}".encode("ascii")
    place = b"%b crc32:%08x" % (line, zlib.crc32(line))
    place = place.ljust(_PLACE - 1) + b"\n"
    try:
        descriptor = os.open(head_file, os.O_RDWR)
    except FileNotFoundError:
        _write_new(head_file, place)
        return
    try:
        places = _anchors(os.read(descriptor, 2 * _PLACE + 1))
        remembered = _newest(places, head_file)
        if remembered[0] >= position:
            return
        if len(places) == 2:
            os.pwrite(descriptor, place, _PLACE * places.index(min(places, key=_position)))
            _sync(descriptor)
            return
    finally:
        os.close(descriptor)
    _write_new(head_file, place)


def acknowledge(head_file: Path | None, position: int, digest: bytes) -> str | None:
    """Write the anchor, if there is one, after an append; return a warning if that fails.

    The events are stored, so no error is raised: the caller would report that they are not.
    """
    if head_file is None:
        return None
    try:
        write_anchor(head_file, position, digest)
    except (OSError, PolicytrackError) as error:
        return f"cannot write {head_file}: {error}"
    return None


def read_anchor(head_file: Path) -> tuple[int, bytes] | None:
    """Return position and digest of the last acknowledged event; None when there is no anchor file.

    Raises `IntegrityTrouble` when the file is damaged, `StorageTrouble` when it cannot be read.
    """
    try:
        with open_input(head_file) as file:
            content = file.read(2 * _PLACE + 1)
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise StorageTrouble(
            f"cannot read {head_file}: {cause.strerror}", hint="check the permissions of the file"
        ) from cause
    return _newest(_anchors(content), head_file)


def _write_new(head_file: Path, place: bytes) -> None:
    with unfinished(head_file, mode=0o644) as new:
        with new.open("r+b") as file:
            file.write(place + b" " * (_PLACE - 1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # No fsync of the folder: a crash may restore the previous file, and the anchor may lag behind.
        new.replace(head_file)


def _anchors(content: bytes) -> list[_Anchor | None]:
    """Return the content of the slots; None for a slot that is empty or incomplete."""
    if len(content) != 2 * _PLACE:
        found = _LINE.fullmatch(content)
        return [(int(found[2]), bytes.fromhex(found[3].decode()))] if found and not found[4] else [None]
    return [_anchor(content[:_PLACE]), _anchor(content[_PLACE:])]


def _anchor(place: bytes) -> _Anchor | None:
    found = _LINE.fullmatch(place)
    if found is None or not found[4] or int(found[4], 16) != zlib.crc32(found[1]):
        return None
    return int(found[2]), bytes.fromhex(found[3].decode())


def _position(anchor: _Anchor | None) -> int:
    return -1 if anchor is None else anchor[0]


def _newest(places: list[_Anchor | None], head_file: Path) -> _Anchor:
    newest = max(places, key=_position)
    if newest is None:
        raise IntegrityTrouble(
            f"{head_file} is damaged",
            hint=f"run `policytrack verify`; if it finds no damage, remove {head_file}",
        )
    return newest


def check_anchor(
    head_file: Path,
    name: str,
    digest_at: Callable[[int], bytes | None],
    last: Callable[[], int],
    hint: Callable[[], str],
) -> None:
    """Check that an event store still has the acknowledged head.

    `name` and what `hint` returns are for the message, `digest_at` returns the digest at a position (None beyond the
    head), and `last` the position of the head. Raises `IntegrityTrouble` when events were lost or changed, and what
    `read_anchor` raises.
    """
    anchor = read_anchor(head_file)
    if anchor is None:
        return
    position, digest = anchor
    found = digest_at(position)
    if found == digest:
        return
    if found is None:
        top = last()
        missing = f"e{position}" if top + 1 == position else f"e{top + 1} to e{position}"
        what = f"{name} ends at e{top}, but e{position} was reported as stored: {missing} lost"
    else:
        what = f"e{position} in {name} is not the event that was reported as stored"
    raise IntegrityTrouble(
        what, hint=f"{hint()}. Only if you accept the loss: copy the folder, then remove {head_file}"
    )
