"""Writes stored events to the segment files of a backup, and reads them back, byte for byte.

A segment is a file of JSON Lines, one event per line, in the order of their positions::

    {"position":1,"recorded_at":1764100800000000,"type":"…","tags":"[…]","data":"{…}","digest":"1b57…"}

`type`, `tags` and `data` are the stored texts. `data` is a JSON text inside a JSON string, so that no program parses it
and writes it again: the digest is over exactly these bytes. Data that is not UTF-8 is in `data_base64` instead.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from policytrack.errors import IntegrityTrouble, Place, StorageTrouble
from policytrack.input_files import open_input
from policytrack.store.clock import is_instant
from policytrack.store.digest import Stored, check_chain
from policytrack.store.store import Store

LONGEST_LINE: Final = 64 << 20
"""The longest line in bytes. The largest event of an import has 1 MiB; JSON escapes can make it six times as long."""
_LINES_AT_A_TIME: Final = 1024
_BYTES_AT_A_TIME: Final = 4 << 20
_KEYS: Final = frozenset({"position", "recorded_at", "type", "tags", "digest"})
_OTHER_BACKUP: Final = "use another backup; the events before this one are intact"


def lines(store: Store, after: int, upto: int) -> Iterator[bytes]:
    """Yield the lines of a segment: the events after a position up to another, each checked against its digest."""
    for rows in store.checked_pages(after, upto):
        yield b"".join(map(_line, rows))


def write_segment(store: Store, after: int, upto: int, target: Path, *, reached: Callable[[int], None]) -> None:
    """Write the events after a position up to another to `target`, durably; each is checked against its digest.

    Raises `OSError`, and what `checked_pages` raises.
    """
    with target.open("wb") as file:
        for rows in store.checked_pages(after, upto):
            file.writelines(map(_line, rows))
            reached(rows[-1][0])
        file.flush()
        os.fsync(file.fileno())


def read_segment(path: Path, after: int, digest: bytes) -> Iterator[list[Stored]]:
    """Yield the rows of a segment in pages; they follow the event at position `after`, whose digest is `digest`.

    Raises `IntegrityTrouble` with the line of an event that is malformed, out of order, or does not match its digest,
    and `StorageTrouble` when the file cannot be read.
    """
    try:
        with open_input(path) as file:
            number, recorded_at = 0, 0
            while page := _page(file):
                rows = []
                for line in page:
                    number += 1
                    rows.append(_row(line, Place(str(path), number), after + number, recorded_at))
                    recorded_at = rows[-1][4]
                _check_digests(digest, rows, path, after)
                yield rows
                digest = rows[-1][5]
    except FileNotFoundError as cause:
        raise IntegrityTrouble(f"{path} is missing", hint="use another backup, or restore the file") from cause
    except OSError as cause:
        raise StorageTrouble(
            f"cannot read {path}: {cause.strerror}", hint="check the permissions and the disk"
        ) from cause


def _page(file: BinaryIO) -> list[bytes]:
    """Return the next lines: many short ones or few long ones, since a stranger's backup may have any."""
    lines: list[bytes] = []
    size = 0
    while len(lines) < _LINES_AT_A_TIME and size < _BYTES_AT_A_TIME and (line := file.readline(LONGEST_LINE + 1)):
        lines.append(line)
        size += len(line)
    return lines


def _line(row: Stored) -> bytes:
    import orjson

    position, event_type, data, tags, recorded_at, digest = row
    fields: dict[str, Any] = {
        "position": position,
        "recorded_at": recorded_at,
        "type": event_type.decode(),
        "tags": tags.decode(),
    }
    try:
        fields["data"] = data.decode()
    except UnicodeDecodeError:
        fields["data_base64"] = base64.b64encode(data).decode("ascii")
    return orjson.dumps(fields | {"digest": digest.hex()}) + b"\n"


def _row(line: bytes, place: Place, position: int, earliest: int) -> Stored:
    """Return the row of a line. Raises `IntegrityTrouble`; the digest is not checked here."""
    import orjson

    if len(line) > LONGEST_LINE or not line.endswith(b"\n"):
        raise _malformed("the line is incomplete or too long", place)
    try:
        fields = orjson.loads(line)
        if fields.keys() - {"data", "data_base64"} != _KEYS or len(fields) != len(_KEYS) + 1:
            raise _malformed("the line has other keys than an event of a backup", place)
        data = fields["data"].encode() if "data" in fields else base64.b64decode(fields["data_base64"], validate=True)
        row = (
            fields["position"], fields["type"].encode(), data, fields["tags"].encode(),
            fields["recorded_at"], bytes.fromhex(fields["digest"]),
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError, binascii.Error) as cause:
        raise _malformed("the line is not an event of a backup", place) from cause
    if row[0] != position or isinstance(row[0], bool):
        raise _malformed(f"the event at e{position} is missing", place)
    if not is_instant(row[4]) or row[4] < earliest:
        raise _malformed(f"e{position} has an impossible time of recording", place)
    return row


def _check_digests(digest: bytes, rows: list[Stored], path: Path, after: int) -> None:
    """Raise `IntegrityTrouble` with the line of the first row that does not match its digest."""
    try:
        check_chain(digest, rows, path)
    except IntegrityTrouble as cause:
        for row in rows:
            try:
                check_chain(digest, [row], path)
            except IntegrityTrouble:
                place = Place(str(path), row[0] - after)
                raise _malformed(f"e{row[0]} does not match its digest", place) from cause
            digest = row[5]


def _malformed(what: str, place: Place) -> IntegrityTrouble:
    return IntegrityTrouble(f"the backup is damaged: {what}", place=place, hint=_OTHER_BACKUP)
