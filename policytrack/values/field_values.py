"""Values of custom fields: the types that a ledger declares, and whether a text is a value of one.

A value is stored as text in one spelling per type, so that numbers are exact and equal values are equal texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from policytrack.errors import shortened

ValueType = Literal["text", "integer", "decimal", "date", "yes_no", "choice"]
Applicable = Literal["firm", "facility", "project"]

WHOLE_DIGITS: Final = 22
DECIMALS: Final = 6
"""The most digits before and after the point: the read model stores numbers as DECIMAL(28,6)."""
_INTEGER: Final = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{WHOLE_DIGITS - 1}}})")
_DECIMAL: Final = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{WHOLE_DIGITS - 1}}})(?:\.[0-9]{{1,{DECIMALS}}})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS: Final = f"at most {WHOLE_DIGITS} before the point"
_CURES: Final[dict[str, tuple[str, str]]] = {
    "integer": (
        "a whole number",
        f"write digits without separators, unit or decimals, {_DIGITS}: 3300",
    ),
    "decimal": (
        "a number",
        f"write digits without separators or unit, {_DIGITS} and {DECIMALS} after it: 12.5",
    ),
    "date": ("a day", "write the full day as YYYY-MM-DD: 2026-09-30"),
    "yes_no": ("yes or no", "write yes or no"),
}
"""By type: its values in words, and how to write one."""


class Declaration(NamedTuple):
    """The part of a declaration that decides which values a field accepts, and for what."""

    value_type: ValueType
    applies_to: tuple[Applicable, ...]
    allowed: tuple[str, ...] = ()
    unit: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Declaration:
        """Return the declaration of a row of the view `custom_field`."""
        return cls(row["value_type"], tuple(row["applies_to"]), tuple(row["allowed"] or ()), row["unit"])

    def __str__(self) -> str:
        """Return the declaration in words: ``decimal in nm for facility``."""
        words = f"{self.value_type} in {self.unit}" if self.unit else self.value_type
        allowed = f" ({', '.join(self.allowed)})" if self.allowed else ""
        return f"{words}{allowed} for {' and '.join(self.applies_to)}"

    def fault(self, value: str) -> tuple[str, str] | None:
        """Return what is wrong with a value and how to write it; None for a value of the type."""
        if self.value_type == "text":
            return None
        if self.value_type == "choice":
            if value in self.allowed:
                return None
            plain = next((one for one in self.allowed if _folded(one) == _folded(value)), None)
            hint = f"write {plain!r}" if plain else f"allowed: {', '.join(self.allowed)}"
            return f"{shortened(value)!r} is not an allowed value", hint
        if _is_valid(self.value_type, value):
            return None
        expected, hint = _CURES[self.value_type]
        return f"{shortened(value)!r} is not {expected}", hint


def _is_valid(value_type: ValueType, value: str) -> bool:
    if value_type == "integer":
        return _INTEGER.fullmatch(value) is not None and value != "-0"
    if value_type == "decimal":
        return _DECIMAL.fullmatch(value) is not None
    if value_type == "yes_no":
        return value in ("yes", "no")
    if not _DAY.fullmatch(value):
        return False
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
