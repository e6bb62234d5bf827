"""Characters and numbers: what may stand in an input file at all."""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from typing import Final

from policytrack.errors import MalformedInput, Place

MOST_DIGITS: Final = 40
"""Digits and powers of ten that a number may have; the largest figure of the record has 18 digits."""

HIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that reverse the reading order, and halves of a character."""

UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_UTF_8: Final = "save the file as UTF-8"


class NumberTooLong(ValueError):
    """A number of more digits, or of a larger power of ten, than any figure has."""


def integer(digits: str) -> int:
    """A whole number. Raises `NumberTooLong`."""
    if len(digits) > MOST_DIGITS:
        raise NumberTooLong
    return int(digits)


def fraction(digits: str) -> Decimal:
    """A number with a fraction or a power of ten, exactly as written. Raises `NumberTooLong`."""
    if len(digits) > MOST_DIGITS:
        raise NumberTooLong
    number = Decimal(digits)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise NumberTooLong
    return number


def name_of(character: str) -> str:
    """A character that cannot be shown, by its number: ``U+202E``."""
    return f"U+{ord(character):04X}"


def hidden_character(character: str, place: Place) -> MalformedInput:
    """The error for a character that hides or reorders what is read."""
    if "\ud800" <= character <= "\udfff":
        return MalformedInput(
            f"{name_of(character)} is half of a character", hint="write the character itself", place=place
        )
    what = "a NUL byte" if character == "\x00" else f"the hidden character {name_of(character)}"
    return MalformedInput(f"{what} does not belong in text", hint="remove it", place=place)


def is_utf_16(start: bytes) -> bool:
    """True when the first bytes of a file are those of UTF-16, with its mark or without."""
    return start.startswith(UTF_16) or (len(start) > 1 and (start[0] == 0) != (start[1] == 0))


def utf_16(source: str, start: bytes = b"") -> MalformedInput:
    """The error for a file in UTF-16; `start` are the first bytes of a table, which may be read in another encoding."""
    hint = _AS_UTF_8
    if start:
        hint = f"give --encoding utf-16-{'be' if start[:1] == bytes(1) else 'le'}, or {_AS_UTF_8}"
    return MalformedInput("the file is in UTF-16, not UTF-8", hint=hint, place=Place(source, 1, 1))


def not_utf_8(problem: UnicodeDecodeError, source: str, line: int, line_start: int = 0) -> MalformedInput:
    """The error for bytes that are not UTF-8; the column counts bytes, since characters cannot be told."""
    byte = problem.object[problem.start]
    return MalformedInput(
        f"byte 0x{byte:02X} is not UTF-8",
        hint=_AS_UTF_8,
        place=Place(source, line, problem.start - line_start + 1),
    )


def nothing_inside(source: str) -> MalformedInput:
    """The error for a file without an event."""
    return MalformedInput(
        "the file holds no event",
        hint="`policytrack template` writes one to start from",
        place=Place(source),
    )
