"""Defines which characters and numbers an input file may contain, and their errors."""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from typing import Final

from policytrack.errors import MalformedInput, Place

MOST_DIGITS: Final = 40
"""The largest number of digits, and the largest power of ten, of a number in a file.

The largest figure in the curated record has 18 digits. The limit protects against numbers like 1e999999999, whose
digits would fill the memory.
"""

HIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, bidirectional overrides (text that displays in another order) and lone surrogates."""

MOST_HIDDEN: Final = 1_000
"""Hidden characters of one file or line that are reported; a binary file consists of them."""

UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_UTF_8: Final = "save the file as UTF-8"


class NumberTooLong(ValueError):
    """A number exceeds `MOST_DIGITS`."""


def integer(digits: str) -> int:
    """Parse a whole number. Raises `NumberTooLong`."""
    if len(digits) > MOST_DIGITS:
        raise NumberTooLong
    return int(digits)


def fraction(digits: str) -> Decimal:
    """Parse a number with a fraction or a power of ten, exactly as written. Raises `NumberTooLong`."""
    if len(digits) > MOST_DIGITS:
        raise NumberTooLong
    number = Decimal(digits)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise NumberTooLong
    return number


def name_of(character: str) -> str:
    """Format an invisible character as its code point: ``U+202E``."""
    return f"U+{ord(character):04X}"


def hidden_character(character: str, place: Place) -> MalformedInput:
    """Return the error for a character that is invisible or reorders the text around it."""
    if "\ud800" <= character <= "\udfff":
        return MalformedInput(
            f"{name_of(character)} is half of a surrogate pair", hint="write the character itself", place=place
        )
    what = "a NUL byte" if character == "\x00" else f"the hidden character {name_of(character)}"
    return MalformedInput(f"the text contains {what}", hint="remove it", place=place)


def is_utf_16(start: bytes) -> bool:
    """Return whether a file with these first bytes is UTF-16, with or without a byte order mark."""
    return start.startswith(UTF_16) or (len(start) > 1 and (start[0] == 0) != (start[1] == 0))


def utf_16(source: str, start: bytes = b"") -> MalformedInput:
    """Return the error for a file in UTF-16; `start` are the first bytes of a table, for which --encoding works."""
    hint = _AS_UTF_8
    if start:
        hint = f"use --encoding utf-16-{'be' if start[:1] == bytes(1) else 'le'}, or {_AS_UTF_8}"
    return MalformedInput("the file is in UTF-16, not UTF-8", hint=hint, place=Place(source, 1, 1))


def not_utf_8(problem: UnicodeDecodeError, source: str, line: int, line_start: int = 0) -> MalformedInput:
    """Return the error for bytes that are not UTF-8. Its column counts bytes, since they cannot be decoded."""
    byte = problem.object[problem.start]
    return MalformedInput(
        f"byte 0x{byte:02X} is not UTF-8",
        hint=_AS_UTF_8,
        place=Place(source, line, problem.start - line_start + 1),
    )


def nothing_inside(source: str) -> MalformedInput:
    """Return the error for a file without an event."""
    return MalformedInput(
        "the file holds no event",
        hint="run `policytrack template` to print an event to start from",
        place=Place(source),
    )
