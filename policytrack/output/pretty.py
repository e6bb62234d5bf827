"""Shows values to people: figures with separators, lists with commas, and unseen characters escaped."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from policytrack.output.values import number, plain

YEAR: Final = re.compile(r"(?!.*per[_ ]year)(?:.*[_ ])?year(?:[_ ].*)?", re.IGNORECASE)
"""Columns of years, such as ``first_year``, which have no thousands separators; not ``t_per_year``."""
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""Control, zero-width and bidirectional characters, and lone surrogates: they could hide or reorder text. Selectors of
variants are not among them: Chinese and Japanese text has them."""


_NOT_IN_PAGES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Return a text for a terminal, with control, invisible and bidirectional characters as ``\x1b`` or ``\u202e``."""
    return _UNSEEN.sub(_escape, text)


def visible_in_documents(text: str) -> str:
    r"""Return a text as `visible` does, but with the joiners U+200C and U+200D, which Persian and Indian names need."""
    return _UNSEEN.sub(lambda match: match[0] if match[0] in "\u200c\u200d" else _escape(match), text)


def visible_in_pages(html: str, backslash: str = "\\") -> str:
    r"""Return HTML in which marks that reorder text, and control characters, are shown as ``\u202e``.

    Zero-width characters stay, since Persian and Indian names need some of them. `backslash` is how the text around
    writes one.
    """
    return _NOT_IN_PAGES.sub(lambda mark: f"{backslash}u{ord(mark[0]):04x}", html)


def pretty(value: Any) -> str:
    """Return a value for a terminal: thousands separators, a minus sign (U+2212), lists with commas, NULL as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if isinstance(value, Decimal):
        whole, _, part = number(value).partition(".")
        sign = "−" if whole.startswith("-") else ""
        return f"{sign}{abs(int(whole)):,}" + (f".{part}" if part else "")
    if isinstance(value, list):
        items = (" ".join(map(plain, item.values())) if isinstance(item, dict) else plain(item) for item in value)
        return visible(", ".join(items))
    return visible(plain(value))


def shown_field(name: str, value: Any) -> str:
    """Return a value of a column as `pretty` does, but a year without thousands separators."""
    is_year = isinstance(value, int) and 1000 <= value <= 9999 and YEAR.fullmatch(name) is not None
    return plain(value) if is_year else pretty(value)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
