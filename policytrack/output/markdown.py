"""Writes a text as one cell of a Markdown table: no HTML, link, code or end of a cell is left in it."""

from __future__ import annotations

import re
from typing import Final

from policytrack.output.pretty import visible_in_documents

SPECIAL: Final = (
    (r"&(#?[0-9A-Za-z]+;)", r"&amp;\1"),
    ("<", "&lt;"),
    # The backslash too: before another escape it would make that a plain character.
    (r"([\\|\[`])", r"\\\1"),
    ("\r\n|[\r\n]", " "),
)
"""Regular expressions and what replaces them, in this order; Python and Arrow both read them."""


def markdown_cell(text: str) -> str:
    """Return a text as a cell of a Markdown table, with unseen characters as `visible_in_documents` shows them."""
    for found, written in SPECIAL:
        text = re.sub(found, written, text)
    return visible_in_documents(text)
