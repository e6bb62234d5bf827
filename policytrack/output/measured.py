"""Measures what is written: the size and the SHA-256 of bytes that pass through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator


class Measured:
    """Bytes that can be read once, with their size and SHA-256 so far."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._digest, self.size = parts, hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._digest.update(part)
            self.size += len(part)
            yield part

    @property
    def sha256(self) -> str:
        """The digest in hex."""
        return self._digest.hexdigest()
