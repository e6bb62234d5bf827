"""Caches parsed values by their stored form, because events repeat the same dates and figures."""

from __future__ import annotations

from typing import Any, Final

Stored = tuple[tuple[str, str], ...]
"""The fields of a stored form; all values are text."""

_MOST: Final = 16_384


class Readings:
    """A cache of frozen values, which events may share."""

    def __init__(self) -> None:
        self._read: dict[Stored, Any] = {}

    def get(self, stored: Stored | None) -> Any:
        """Return the value of a stored form; None when it is not cached."""
        return None if stored is None else self._read.get(stored)

    def keep(self, stored: Stored | None, value: Any) -> None:
        """Cache the value of a stored form."""
        if stored is not None:
            if len(self._read) >= _MOST:
                self._read.clear()
            self._read[stored] = value


def as_stored(value: Any) -> Stored | None:
    """Return the cache key of a mapping of texts; None for any other value.

    Only texts are safe as keys: the numbers 1, 1.0 and True are equal, so one could be returned for another.
    """
    if type(value) is not dict:
        return None
    for part in value.values():
        if type(part) is not str:
            return None
    return tuple(value.items())
