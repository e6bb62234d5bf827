"""What a stored form was read to, remembered: the same dates and figures are read again and again."""

from __future__ import annotations

from typing import Any, Final

Stored = tuple[tuple[str, str], ...]
"""The fields of a stored form, all of them text."""

_MOST: Final = 16_384


class Readings:
    """Stored forms and what each was read to: frozen values, so that events may share them."""

    def __init__(self) -> None:
        self._read: dict[Stored, Any] = {}

    def get(self, stored: Stored | None) -> Any:
        """What the form was read to; None when that is not known."""
        return None if stored is None else self._read.get(stored)

    def keep(self, stored: Stored | None, found: Any) -> None:
        """Remember what a form was read to."""
        if stored is not None:
            if len(self._read) >= _MOST:
                self._read.clear()
            self._read[stored] = found


def as_stored(given: Any) -> Stored | None:
    """The given form as a key, if it is a mapping of texts: texts, unlike numbers, are only ever equal to texts."""
    if type(given) is dict and all(type(value) is str for value in given.values()):
        return tuple(given.items())
    return None
