"""An answer: rows, and what a person should see of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Answer:
    """Rows with what a person should see of them: a title, the columns for a terminal, and a footer."""

    table: pa.Table
    title: str = ""
    footer: str = ""
    shown: Sequence[str] = ()
    """Columns of the terminal table; all when empty. Every other format has them all."""
    empty: str = "no rows"
    name: str = ""
    """What a spreadsheet calls the sheet."""
    coordinates: Sequence[tuple[str, str]] = ()
    """What a spreadsheet says of the coordinates; the footer when empty."""
