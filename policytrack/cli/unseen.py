"""Escapes characters that a terminal does not show, or obeys: in messages, tables and rows."""

from __future__ import annotations

import re
from typing import Final

import rich_click as click

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
"""Control, zero-width and bidirectional characters, and lone surrogates: they could hide or reorder text."""


def visible(text: str) -> str:
    r"""Return a text for a terminal, with control, invisible and bidirectional characters as ``\x1b`` or ``\u202e``."""
    return _UNSEEN.sub(_escape, text)


def echo(text: str, *, err: bool = False) -> None:
    """Print a line for a person, as `visible` shows it: it may hold text of a ledger or file of a stranger."""
    click.echo(visible(text), err=err)


def visible_lines(part: bytes) -> bytes:
    """Return lines of text in UTF-8 for a terminal, with unseen characters escaped as `visible` does."""
    lines = part.decode(errors="surrogateescape").split("\n")
    return "\n".join(map(visible, lines)).encode()


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
