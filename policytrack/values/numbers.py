"""Numbers as people write them: groups of thousands in three styles, and the decimal mark of a file.

A point is the decimal mark unless the file says otherwise. A group of thousands never begins with 0, so ``0,375`` is
refused, never read as 375. `with_point` rewrites the numbers in a cell of a file with decimal commas.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from policytrack.errors import InvalidQuantity

DecimalMark = Literal[".", ",", "unsaid"]
"""The decimal mark of a file. ``unsaid``: the file may have either, so that ``1,250`` and ``1.250`` are ambiguous."""

_GROUPS: Final = (
    r"[1-9][0-9]{0,2}(?:(?P<gap>[, '’])[0-9]{3}(?:(?P=gap)[0-9]{3})*)",
    # India: 12,34,567. Four digits (China): only from the second group on, since 1,2345 may have a decimal comma.
    r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}",
    r"[1-9][0-9]{0,3}(?:,[0-9]{4}){2,}",
)
NUMBER: Final = rf"(?P<number>(?:(?:{'|'.join(_GROUPS)}|[0-9]+)(?![0-9,'’])(?:\.[0-9]+)?|\.[0-9]+))"
"""A number with a decimal point; a pattern with the group `number`."""

_PLAIN: Final = re.compile(NUMBER)
_SEPARATORS: Final = re.compile("[, '’]")
# Digits with the marks between them; a space may stand between groups, but also between two numbers.
_TOKEN: Final = re.compile(r"(?<![0-9.,])[.,]?[0-9][0-9.,'’]*(?<![.,'’])")
_COMMA_NUMBER: Final = re.compile(
    r"(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:['’][0-9]{3})+|[0-9]+)?(?:,[0-9]+)?"
)
_AMBIGUOUS: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}|[1-9][0-9]{0,3},[0-9]{4}")
_COMMA: Final = "for decimal commas give --decimal ',' or, in a map, [table] decimal = \",\""


def read_number(text: str) -> Decimal | None:
    """The number that a text with single spaces states with a decimal point; None for any other text."""
    return Decimal(_SEPARATORS.sub("", text)) if _PLAIN.fullmatch(text) else None


def number_hint(text: str, hint: str) -> str:
    """The cure for a text whose number could not be read; `hint` where its marks are not the matter."""
    if re.search(r"(?<![0-9.,])0+[,'’][0-9]", text):
        return f"a group of thousands never begins with 0: write a decimal point, 0.375; {_COMMA}"
    if re.search(r"[0-9]\.[0-9]{3}[.,]", text):
        return f"write a point for decimals and commas for thousands: 1,250.5; {_COMMA}"
    for found in _TOKEN.finditer(text):
        if "," in found[0] and not _PLAIN.fullmatch(found[0]):
            return f"write a point for decimals; commas separate thousands: 5,000.5; {_COMMA}"
    return hint


def with_point(text: str, mark: DecimalMark) -> str:
    """The text with every number in it written with a decimal point, from a file with the decimal mark `mark`.

    Raises `InvalidQuantity` for a number that the mark does not allow, and, where the mark is unsaid, for one whose
    value depends on it.
    """
    return text if mark == "." else _TOKEN.sub(lambda found: _token(found[0], mark), text)


def _token(number: str, mark: DecimalMark) -> str:
    if mark == ",":
        if not _COMMA_NUMBER.fullmatch(number):
            what = f"{number!r} is not a number with a decimal comma"
            raise InvalidQuantity(what, hint="write 1250,5 or 1.250,5; or give --decimal . for this file")
        return re.sub("[.'’]", "", number).replace(",", ".")
    if _AMBIGUOUS.fullmatch(number):
        comma = number.replace(".", ",")
        grouped, fraction = re.sub("[.,]", "", number), comma.replace(",", ".")
        hint = "say which: --decimal ',' or --decimal '.'; in a map, [table] decimal = \",\" or \".\""
        raise InvalidQuantity(
            f"{number!r} may be {grouped} or {fraction}: this file may have decimal commas", hint=hint
        )
    return number
