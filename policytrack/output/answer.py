"""Defines `Answer`: the rows of a result with title, terminal columns and footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Answer:
    """The rows of a result, and how to present them."""

    table: pa.Table
    title: str = ""
    footer: str = ""
    shown: Sequence[str] = ()
    """Columns of the terminal table, all when empty. Every other format has all columns."""
    empty: str = "no rows"
    name: str = ""
    """Name of the sheet in a spreadsheet."""
    coordinates: Sequence[tuple[str, str]] = ()
    """Name and value of each coordinate, for a sheet of a spreadsheet; the parts of the footer when empty."""
    notes: Sequence[str] = ()
    """What a reader must know about the rows, such as rows that are not shown."""
