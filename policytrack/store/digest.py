"""The digest chain: every stored event carries a digest over itself and the digest before it.

The digest of an event is sha256 over six parts, each preceded by its length as eight bytes, big-endian:

1. the digest of the event before (32 bytes); for the event at position 1, ``sha256(b"policytrack/ledger/1")``
2. the position, in decimal digits
3. the type, in UTF-8
4. the data: the stored bytes (text in UTF-8), never parsed and written again
5. the tags: the stored JSON list, in UTF-8
6. recorded_at: microseconds since 1970-01-01 UTC, in decimal digits

Whoever has a copy of the file can check it without this program::

    import hashlib, sqlite3
    digest = hashlib.sha256(b"policytrack/ledger/1").digest()
    rows = sqlite3.connect("events.db").execute(
        "SELECT position, type, CAST(data AS BLOB), tags, recorded_at, digest FROM dcb_events ORDER BY 1")
    for expected, (position, name, data, tags, time, stored) in enumerate(rows, 1):
        parts = (digest, str(position).encode(), name.encode(), data, tags.encode(), str(time).encode())
        digest = hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts)).digest()
        assert (position, stored) == (expected, digest), position
    print(digest.hex())
"""

from __future__ import annotations

import struct
from functools import lru_cache
from hashlib import sha256
from typing import Final

FIRST_DIGEST: Final = sha256(b"policytrack/ledger/1").digest()
"""What the event at position 1 is chained to; the number is the version of the format above."""

_length = struct.Struct(">Q").pack
_LENGTH_OF_DIGEST: Final = _length(32)


def next_digest(previous: bytes, position: int, event_type: str, data: bytes, tags: str, recorded_at: int) -> bytes:
    """The digest of the event at `position`, in the form that the module's page describes.

    `recorded_at` is in microseconds since 1970-01-01 UTC. Raises `UnicodeEncodeError` for text that is not
    UTF-8.
    """
    number, labels = b"%d" % position, tags.encode()
    framed = (
        *(_LENGTH_OF_DIGEST, previous, _length(len(number)), number, _framed(event_type)),
        *(_length(len(data)), data, _length(len(labels)), labels, _framed(str(recorded_at))),
    )
    return sha256(b"".join(framed)).digest()


@lru_cache(256)
def _framed(text: str) -> bytes:
    """A text after its length; kept, since many events have the same type and, in one append, the same instant."""
    content = text.encode()
    return _length(len(content)) + content
