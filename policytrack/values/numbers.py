"""Parses numbers as people write them: with thousands separators in three styles, and the decimal mark of a file.

The decimal mark is a point unless the file declares a comma. The first group of thousands never begins with 0, so
``0,375`` is refused, never read as 375. `with_point` converts the numbers in a cell of a file with decimal commas.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from policytrack.errors import InvalidQuantity

DecimalMark = Literal[".", ",", "unsaid"]
"""The decimal mark of a file. ``unsaid``: not declared, so that ``1,250`` and ``1.250`` are ambiguous."""

_GROUPS: Final = (
    r"[1-9][0-9]{0,2}(?:(?P<gap>[, '’])[0-9]{3}(?:(?P=gap)[0-9]{3})*)",
    # Groups of two (India): 12,34,567. Groups of four (China) need two separators: 1,2345 may have a decimal comma.
    r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}",
    r"[1-9][0-9]{0,3}(?:,[0-9]{4}){2,}",
)
NUMBER: Final = rf"(?P<number>(?:(?:{'|'.join(_GROUPS)}|[0-9]+)(?![0-9,'’])(?:\.[0-9]+)?|\.[0-9]+))"
"""A pattern for a number with a decimal point, with the group `number`."""

_PLAIN: Final = re.compile(NUMBER)
_SEPARATORS: Final = re.compile("[, '’]")
# Digits and the marks between them. Spaces are not included: they may separate groups, but also two numbers.
_TOKEN: Final = re.compile(r"(?<![0-9.,])[.,]?[0-9][0-9.,'’]*(?<![.,'’])")
_COMMA_NUMBER: Final = re.compile(
    r"(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:['’][0-9]{3})+|[0-9]+)?(?:,[0-9]+)?"
)
_AMBIGUOUS: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}|[1-9][0-9]{0,3},[0-9]{4}")
_COMMA: Final = "to import a file with decimal commas, use --decimal ',' or, in a map, [table] decimal = \",\""


class Converted(str):
    """A text whose numbers got a decimal point: 1250 for ``1.250`` of a file with decimal commas.

    `written` is the text of the file, for messages.
    """

    __slots__ = ("written",)
    written: str

    def __new__(cls, text: str, written: str) -> Converted:
        made = super().__new__(cls, text)
        made.written = written
        return made


def read_number(text: str) -> Decimal | None:
    """Parse a number with a decimal point from a text with single spaces; return None for any other text."""
    return Decimal(_SEPARATORS.sub("", text)) if _PLAIN.fullmatch(text) else None


def number_hint(text: str, hint: str) -> str:
    """Return the hint for a text that is not a number: about its separators if they are wrong, otherwise `hint`."""
    if re.search(r"(?<![0-9.,])0+[,'’][0-9]", text):
        return f"write a decimal point, 0.375: a group of thousands never begins with 0; {_COMMA}"
    if re.search(r"[0-9]\.[0-9]{3}[.,]", text):
        return f"write a point for decimals and commas for thousands: 1,250.5; {_COMMA}"
    for number in _TOKEN.finditer(text):
        if "," in number[0] and not _PLAIN.fullmatch(number[0]):
            return f"write a point for decimals and commas for thousands: 5,000.5; {_COMMA}"
    return hint


def with_point(text: str, mark: DecimalMark) -> str:
    """Convert every number in a text from the decimal mark `mark` to a decimal point.

    Raises `InvalidQuantity` for a number that the mark does not allow, and, if the mark is not declared, for one whose
    value depends on it.
    """
    return text if mark == "." else _TOKEN.sub(lambda number: _token(number[0], mark), text)


def _token(number: str, mark: DecimalMark) -> str:
    if mark == ",":
        if not _COMMA_NUMBER.fullmatch(number):
            what = f"{number!r} is not a number with a decimal comma"
            raise InvalidQuantity(what, hint="write 1250,5 or 1.250,5; or use --decimal . for this file")
        return re.sub("[.'’]", "", number).replace(",", ".")
    if _AMBIGUOUS.fullmatch(number):
        comma = number.replace(".", ",")
        grouped, fraction = re.sub("[.,]", "", number), comma.replace(",", ".")
        hint = "use --decimal ',' or --decimal '.'; in a map, [table] decimal = \",\" or \".\""
        raise InvalidQuantity(
            f"{number!r} may be {grouped} or {fraction}: this file may have decimal commas", hint=hint
        )
    return number
