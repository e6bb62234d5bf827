"""Reads what the texts of a sheet do not say: hidden rows and columns, merged cells, struck-through rows, comments."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass, field
from typing import Final

from policytrack.errors import counted

_TAG: Final = re.compile(rb"<(?:\w+:)?(row|col|mergeCell)\s([^<>]*)>")
_TAG_OR_CELL: Final = re.compile(rb"<(?:\w+:)?(row|col|mergeCell|c)\s([^<>]*)>")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\s([^<>]*)>")
_COMMENT: Final = re.compile(rb"<(?:\w+:)?comment\s([^<>]*)>")
_CELL: Final = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
_ATTRIBUTE: Final = re.compile(rb'(\w+)="([^"]*)"')
_RANGE: Final = re.compile(rb"\$?([A-Z]{1,3})\$?([0-9]+):\$?([A-Z]{1,3})\$?([0-9]+)")
_CHUNK: Final = 1024 * 1024
_SHOWN: Final = 5
_MOST_RANGES: Final = 10_000


@dataclass(slots=True)
class Layout:
    """Hidden rows and columns, merged cells that span several rows, struck-through rows, comments, hidden sheets."""

    hidden_rows: int = 0
    first_hidden: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    """Column numbers, counted from 1."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First column and row, last column and row; counted from 1."""
    struck: dict[int, None] = field(default_factory=dict)
    """The numbers of rows with struck-through text."""
    comments: list[str] = field(default_factory=list)
    """The addresses of cells with comments."""
    hidden_sheets: list[str] = field(default_factory=list)
    """The hidden sheets of the book, which are not read."""

    def notes(self, header_row: int, names: dict[int, str], filled: Collection[int]) -> Iterator[str]:
        """Yield the warnings about the layout; `names` and `filled` are columns counted from 0."""
        if self.hidden_rows:
            shown = ", ".join(map(str, self.first_hidden)) + (" …" if self.hidden_rows > len(self.first_hidden) else "")
            yield (
                f"{counted(self.hidden_rows, 'hidden or filtered row')} imported ({shown}):"
                " to leave them out, delete them, or name them under [[skip]]"
            )
        if self.struck:
            yield (
                f"{counted(len(self.struck), 'row')} with struck-through text imported ({_shown(self.struck)}):"
                " to leave them out, delete them, or name them under [[skip]]"
            )
        if self.comments:
            yield f"{counted(len(self.comments), 'cell comment')} not read ({_shown(self.comments)})"
        if self.hidden_sheets:
            shown = _shown([repr(name) for name in self.hidden_sheets])
            yield f"{counted(len(self.hidden_sheets), 'hidden sheet')} not read ({shown}): to read one, use --sheet"
        hidden = [names[column - 1] for column in sorted(self.hidden_columns) if column - 1 in names]
        if hidden:
            yield f"{counted(len(hidden), 'hidden column')} read: {', '.join(hidden[:20])}"
        for column in sorted({first for first, top, _, _ in self.merged if top > header_row}):
            name = names.get(column - 1)
            if name is None or column - 1 in filled:
                continue
            ranges = [one for one in self.merged if one[0] == column and one[1] > header_row]
            letters = _letters(column)
            shown = _shown([f"{letters}{top}:{letters}{bottom}" for _, top, _, bottom in ranges])
            yield (
                f"merged cells in {name!r} ({shown}) hold their text only in the first cell:"
                " set fill = true for the column in the map"
            )


def layout_of(raw: bytes, path: str, struck_styles: Container[bytes], hidden_sheets: list[str]) -> Layout:
    """Return the layout of the sheet at a path of the book's archive, which is read in pieces.

    `struck_styles` are the numbers of the cell styles whose font is struck through.
    """
    layout = Layout(hidden_sheets=hidden_sheets)
    tags = _TAG_OR_CELL if struck_styles else _TAG
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(path) as part:
        left = b""
        while chunk := part.read(_CHUNK):
            text = left + chunk
            end = text.rfind(b"<")
            text, left = (text[:end], text[end:]) if end > 0 else (text, b"")
            for tag in tags.finditer(text):
                _add_tag(layout, tag, struck_styles)
        for tag in tags.finditer(left):
            _add_tag(layout, tag, struck_styles)
        layout.comments = _comments(archive, path)
    return layout


def _comments(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Return the addresses of the cells with comments, in the order of the sheet."""
    folder, name = posixpath.split(path.lstrip("/"))
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    if relations not in archive.namelist():
        return []
    cells: dict[str, tuple[int, int]] = {}
    for relation in _RELATION.finditer(archive.read(relations)):
        attributes = dict(_ATTRIBUTE.findall(relation[1]))
        if not attributes.get(b"Type", b"").endswith(b"/comments"):
            continue
        target = posixpath.normpath(posixpath.join("/", folder, attributes[b"Target"].decode())).lstrip("/")
        for comment in _COMMENT.finditer(archive.read(target) if target in archive.namelist() else b""):
            cell = _CELL.fullmatch(dict(_ATTRIBUTE.findall(comment[1])).get(b"ref", b""))
            if cell is not None:
                cells[cell[0].decode()] = (int(cell[2]), _number(cell[1]))
    return sorted(cells, key=lambda address: cells[address])


def _add_tag(layout: Layout, found: re.Match[bytes], struck_styles: Container[bytes]) -> None:
    tag, attributes = found[1], dict(_ATTRIBUTE.findall(found[2]))
    if tag == b"c":
        cell = _CELL.fullmatch(attributes.get(b"r", b""))
        has_text = not found[2].endswith(b"/")
        if has_text and cell is not None and attributes.get(b"s") in struck_styles:
            layout.struck[int(cell[2])] = None
    elif tag == b"mergeCell":
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


def _shown(items: Collection[object]) -> str:
    return ", ".join(str(one) for one in list(items)[:_SHOWN]) + (" …" if len(items) > _SHOWN else "")


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
