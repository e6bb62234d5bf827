"""Reads the layout of a sheet that its cells do not show: hidden rows and columns, merged cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from policytrack.errors import counted

_TAG: Final = re.compile(rb"<(?:\w+:)?(row|col|mergeCell)\s([^<>]*)>")
_ATTRIBUTE: Final = re.compile(rb'(\w+)="([^"]*)"')
_RANGE: Final = re.compile(rb"\$?([A-Z]{1,3})\$?([0-9]+):\$?([A-Z]{1,3})\$?([0-9]+)")
_CHUNK: Final = 1024 * 1024
_SHOWN: Final = 5
_MOST_RANGES: Final = 10_000


@dataclass(slots=True)
class Layout:
    """Hidden rows and columns, and ranges of merged cells that span several rows."""

    hidden_rows: int = 0
    first_hidden: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    """Column numbers, counted from 1."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First column and row, last column and row; counted from 1."""

    def notes(self, header_row: int, names: dict[int, str], filled: Collection[int]) -> Iterator[str]:
        """Yield the warnings about the layout; `names` and `filled` are columns counted from 0."""
        if self.hidden_rows:
            shown = ", ".join(map(str, self.first_hidden)) + (" …" if self.hidden_rows > len(self.first_hidden) else "")
            yield (
                f"{counted(self.hidden_rows, 'hidden or filtered row')} imported ({shown}):"
                " to leave them out, delete them, or name them under [[skip]]"
            )
        hidden = [names[column - 1] for column in sorted(self.hidden_columns) if column - 1 in names]
        if hidden:
            yield f"{counted(len(hidden), 'hidden column')} read: {', '.join(hidden[:20])}"
        for column in sorted({first for first, top, _, _ in self.merged if top > header_row}):
            name = names.get(column - 1)
            if name is None or column - 1 in filled:
                continue
            ranges = [one for one in self.merged if one[0] == column and one[1] > header_row]
            letters = _letters(column)
            shown = ", ".join(f"{letters}{top}:{letters}{bottom}" for _, top, _, bottom in ranges[:_SHOWN])
            more = " …" if len(ranges) > _SHOWN else ""
            yield (
                f"merged cells in {name!r} ({shown}{more}) hold their text only in the first cell:"
                " set fill = true for the column in the map"
            )


def layout_of(raw: bytes, path: str) -> Layout:
    """Return the layout of the sheet at a path of the book's archive, which is read in pieces."""
    layout = Layout()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(path) as part:
        left = b""
        while chunk := part.read(_CHUNK):
            text = left + chunk
            end = text.rfind(b"<")
            text, left = (text[:end], text[end:]) if end > 0 else (text, b"")
            for tag in _TAG.finditer(text):
                _add_tag(layout, tag[1], dict(_ATTRIBUTE.findall(tag[2])))
        for tag in _TAG.finditer(left):
            _add_tag(layout, tag[1], dict(_ATTRIBUTE.findall(tag[2])))
    return layout


def _add_tag(layout: Layout, tag: bytes, attributes: dict[bytes, bytes]) -> None:
    if tag == b"mergeCell":
        cells = _RANGE.fullmatch(attributes.get(b"ref", b""))
        if cells is not None and cells[2] != cells[4] and len(layout.merged) < _MOST_RANGES:
            layout.merged.append((_number(cells[1]), int(cells[2]), _number(cells[3]), int(cells[4])))
    elif attributes.get(b"hidden") in (b"1", b"true"):
        if tag == b"row":
            layout.hidden_rows += 1
            if len(layout.first_hidden) < _SHOWN and attributes.get(b"r", b"").isdigit():
                layout.first_hidden.append(int(attributes[b"r"]))
        elif attributes.get(b"min", b"").isdigit() and attributes.get(b"max", b"").isdigit():
            first, last = int(attributes[b"min"]), int(attributes[b"max"])
            # 16,384 is the number of columns of a sheet; the attribute itself may hold any number.
            layout.hidden_columns |= set(range(first, min(last, first + 16_384) + 1))


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
