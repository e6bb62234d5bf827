"""Reads CSV as spreadsheet programs and databases write it, with the line and column of every cell.

The separator is the one declared in a first line ``sep=;``, otherwise the most frequent of comma, semicolon and tab in
the header. Every cell is text; the reader does not guess numbers, dates or empty values.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.importing.formats import characters
from policytrack.importing.formats.encodings import not_in_encoding, opened_text
from policytrack.importing.formats.table import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Record

LONGEST_LINE: Final = 1024 * 1024
"""The largest number of bytes in a line."""

SEPARATORS: Final = ",;\t"
_BOM: Final = b"\xef\xbb\xbf"
_SEP_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t)"?\s*', re.I)


@dataclass(frozen=True, slots=True)
class _Places:
    """Computes the places of the cells of one record when they are needed."""

    source: str
    line: int
    text: str
    separator: str

    def locate(self, index: int) -> Place:
        """Return the place of a cell; of a missing cell, that of its row."""
        line, start, position = self.line, 0, 0
        for _ in range(index):
            position = self._end(position)
            if position >= len(self.text.rstrip("\r\n")):
                return Place(self.source, self.line, 1)
            position += 1
        line += self.text.count("\n", 0, position)
        start = self.text.rfind("\n", 0, position) + 1
        return Place(self.source, line, position - start + 1)

    def _end(self, position: int) -> int:
        """Return the end of the cell that begins at a position: a separator or the end of the row."""
        if self.text[position : position + 1] == '"':
            position += 1
            while (quote := self.text.find('"', position)) >= 0 and self.text[quote + 1 : quote + 2] == '"':
                position = quote + 2
            position = quote + 1 if quote >= 0 else len(self.text)
        end = self.text.find(self.separator, position)
        return end if end >= 0 else len(self.text)


class _Stop(Exception):
    """Ends the reading of a file with a finding."""

    def __init__(self, finding: MalformedInput) -> None:
        super().__init__(finding.what)
        self.finding = finding


class _Lines:
    """Iterates over the decoded and checked lines of a file; `taken` holds the lines of the current record."""

    def __init__(self, stream: BinaryIO, source: str, encoding: str | None) -> None:
        self._source = source
        self._stream, self._encoding = opened_text(stream, encoding)
        self.number = 0
        self.taken: list[str] = []
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            raw = self._stream.readline(LONGEST_LINE + 1)
        except UnicodeDecodeError as problem:
            raise _Stop(not_in_encoding(problem, b"", self._source, self.number + 1)) from None
        if not raw:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            if characters.is_utf_16(raw):
                raise _Stop(characters.utf_16(self._source, raw))
            raw = raw.removeprefix(_BOM)
        if len(raw) > LONGEST_LINE:
            what = f"the line is longer than {LONGEST_LINE:,} bytes"
            hint = "check that the file is a CSV table"
            raise _Stop(MalformedInput(what, hint=hint, place=Place(self._source, self.number, 1)))
        try:
            line = raw.decode(self._encoding)
        except UnicodeDecodeError as problem:
            raise _Stop(not_in_encoding(problem, raw, self._source, self.number)) from None
        if hidden := characters.HIDDEN.search(line):
            place = Place(self._source, self.number, hidden.start() + 1)
            raise _Stop(characters.hidden_character(hidden[0], place))
        self._length = self._length + len(line) if self.taken else len(line)
        self.taken.append(line)
        if self._length > LONGEST_LINE:
            first = self.number - len(self.taken) + 1
            what = f"the row has more than {LONGEST_LINE:,} characters"
            hint = 'check that each quoted cell ends with "'
            raise _Stop(MalformedInput(what, hint=hint, place=Place(self._source, first, 1)))
        return line


class CsvFile:
    """Iterates over the non-empty records of a file, the header first; a syntax error ends the iteration."""

    def __init__(
        self, stream: BinaryIO, source: str, separator: str | None = None, encoding: str | None = None
    ) -> None:
        self._stream, self._source, self._encoding = stream, source, encoding
        self.separator = separator
        """The separator of cells; None until the header is read, unless the user gave one."""

    def __iter__(self) -> Iterator[Record | PolicytrackError]:
        lines = _Lines(self._stream, self._source, self._encoding)
        try:
            first = next(lines, None)
            if first is not None and (declared := _SEP_LINE.fullmatch(first)):
                self.separator = self.separator or declared[1]
                lines.taken.clear()
                first = next(lines, None)
            if first is None:
                yield characters.nothing_inside(self._source)
                return
            self.separator = self.separator or max(SEPARATORS, key=re.sub('"[^"]*"', "", first).count)
            yield from _records(lines, first, self._source, self.separator)
        except _Stop as stop:
            yield stop.finding
        except csv.Error as problem:
            yield _malformed(str(problem), Place(self._source, lines.number - max(len(lines.taken), 1) + 1, 1))


def _malformed(problem: str, place: Place) -> MalformedInput:
    if "new-line character" in problem:
        hint = "save the file with the line endings of Windows or Unix, or put the cell in quotes"
        return MalformedInput("a cell contains a carriage return outside quotes", hint=hint, place=place)
    what = f"this is not CSV: {problem}"
    if "field larger" in problem:
        what = "the closing quote of a cell is missing"
    hint = 'end a quoted cell directly before the separator, and double a quote inside it: "5"" pipe"'
    return MalformedInput(what, hint=hint, place=place)


def _records(lines: _Lines, first: str, source: str, separator: str) -> Iterator[Record | PolicytrackError]:
    def again() -> Iterator[str]:
        yield first
        yield from lines

    empty = 0
    for cells in csv.reader(again(), delimiter=separator, strict=True):
        text = "".join(lines.taken)
        places = _Places(source, lines.number - len(lines.taken) + 1, text, separator)
        lines.taken.clear()
        if len(cells) > MOST_COLUMNS:
            what = f"the row has more than {MOST_COLUMNS:,} cells"
            yield MalformedInput(what, hint="check that the file is a CSV table", place=places.locate(0))
            return
        stripped = tuple(cell.strip() for cell in cells)
        too_long = next((index for index, cell in enumerate(stripped) if len(cell) > LONGEST_CELL), None)
        if too_long is not None:
            what = f"the cell has more than {LONGEST_CELL:,} characters"
            yield MalformedInput(what, hint="shorten the text, or close the quotes", place=places.locate(too_long))
        elif any(stripped):
            yield Record(places.line, stripped, places.locate)
        elif (empty := empty + 1) > MOST_ROWS:
            what = f"the table has more than {MOST_ROWS:,} empty rows"
            yield MalformedInput(what, hint="delete the empty rows", place=places.locate(0))
            return
