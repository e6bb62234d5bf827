"""Checks that a book is not a bomb, before anything parses it.

openpyxl holds shared strings, styles and whatever is not a cell in memory, at up to a kilobyte an element, so a file of
a megabyte could take all of it. Every part is unpacked once, in pieces, and its elements are counted. Which part is
what is written in the file itself, so names and endings of parts are not relied upon.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Final

from policytrack.importing.formats.table import MOST_ROWS

LARGEST_UNPACKED: Final = 200 * 1024 * 1024
DENSEST: Final = 200
"""The largest compression ratio of a part of a book that is larger than a megabyte."""
MOST_SHEETS: Final = 1_000
MOST_PARTS: Final = 10_000
MOST_STRINGS: Final = 1_000_000
"""Shared strings of a book: one for each different text."""
MOST_OTHERS: Final = 200_000
"""Elements of a part that are neither rows, cells nor their values: styles, formats, ranges, links."""
MOST_CELLS_IN_ROW: Final = 16_384
"""Columns of a sheet in every spreadsheet program."""
LONGEST_TOKEN: Final = 1024 * 1024
"""Bytes of a tag with the text after it, of a comment, and of an instruction. The parser reads one from its beginning
again whenever more of it arrives, so that a tag of 50 MiB takes minutes. Not less than a piece (`_PART`)."""

_PART: Final = 1024 * 1024
_OVERLAP: Final = 32
_FORBIDDEN: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_ENCODING: Final = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_NOT_TAGS: Final = re.compile(rb"<!--|<\?")
_COUNTED: Final = re.compile(rb"<(?:\w{1,16}:)?(row|c|v|is|si|t|f|sheet)(?=[\s/>])")
_AS_CSV: Final = "save the sheet as CSV"


class TooMuch(Exception):
    """A book exceeds a limit: what, and what to do."""

    def __init__(self, what: str, hint: str = _AS_CSV) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def check_book(raw: bytes) -> bool:
    """Check the limits of a book, and return whether it contains formulas.

    Raises `TooMuch`, and what `zipfile` raises for a damaged file.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise TooMuch(f"the book has more than {MOST_PARTS:,} parts")
        if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise TooMuch(f"the book unpacks to more than {LARGEST_UNPACKED:,} bytes")
        for part in parts:
            if part.file_size > _PART and part.file_size > DENSEST * max(part.compress_size, 1):
                raise TooMuch(f"a part of the book is compressed more than {DENSEST} times, as in a zip bomb")
        if len({part.filename for part in parts}) < len(parts):
            raise TooMuch("the book contains a part twice", "save it again in a spreadsheet program")
        with_formulas = [part for part in parts if _has_formulas(archive, part)]  # every part is checked
        return bool(with_formulas)


def _has_formulas(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Check one part. Parts that are not XML, such as pictures, do not count: the parser refuses them at once."""
    counts, tokens = _Counts(part.filename), _Tokens(part.filename)
    has_formulas = False
    with archive.open(part) as content:
        window = content.read(_PART)
        if not _is_xml(window):
            return False
        while True:
            piece = content.read(_PART)
            if _FORBIDDEN.search(window):
                raise TooMuch("the XML of the book declares a document type, which is unsafe")
            has_formulas = has_formulas or _FORMULA.search(window) is not None
            # The last bytes are counted with the next piece: a tag may lie across the two.
            end = len(window) - _OVERLAP if piece else len(window)
            counts.add(window, end)
            tokens.add(window, end)
            if not piece:
                return has_formulas and part.filename.startswith("xl/worksheets/")
            window = window[end:] + piece


def _is_xml(start: bytes) -> bool:
    """Return whether a part is XML. Raises `TooMuch` for XML in another encoding than UTF-8, which would hide tags."""
    text = start[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = _ENCODING.match(text)
    is_wide = start[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        len(start) > 3 and start[:4].count(0) >= 2 and b"<" in start[:4]
    )
    if is_wide or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii")):
        raise TooMuch(
            "a part of the book is XML in another encoding than UTF-8", "save it again in a spreadsheet program"
        )
    return text.startswith(b"<")


@dataclass(slots=True)
class _Counts:
    part: str
    rows: int = 0
    cells_in_row: int = 0
    strings: int = 0
    sheets: int = 0
    known: int = 0
    all: int = 0

    def add(self, window: bytes, end: int) -> None:
        """Count the elements that begin before `end`. Raises `TooMuch`."""
        for found in _COUNTED.finditer(window):
            if found.start() >= end:
                break
            self.known += 1
            tag = found[1]
            if tag == b"c":
                self.cells_in_row += 1
                if self.cells_in_row > MOST_CELLS_IN_ROW:
                    raise TooMuch(f"{self.part}: row {self.rows:,} has more than {MOST_CELLS_IN_ROW:,} cells")
            elif tag == b"row":
                self.rows += 1
                self.cells_in_row = 0
            elif tag == b"si":
                self.strings += 1
            elif tag == b"sheet":
                self.sheets += 1
        self.all += window.count(b"<", 0, end) - window.count(b"</", 0, end)
        if self.rows > MOST_ROWS:
            raise TooMuch(f"{self.part} has more than {MOST_ROWS:,} rows", "delete the empty rows, or " + _AS_CSV)
        if self.sheets > MOST_SHEETS:
            raise TooMuch(f"the book has more than {MOST_SHEETS:,} sheets")
        if self.strings > MOST_STRINGS:
            raise TooMuch(f"the book has more than {MOST_STRINGS:,} different texts")
        if self.all - self.known > MOST_OTHERS:
            raise TooMuch(f"{self.part} has more than {MOST_OTHERS:,} elements that are not cells")


@dataclass(slots=True)
class _Tokens:
    """The lengths of tags, comments and instructions, over windows of which each begins where the one before ended."""

    part: str
    since_tag: int = 0
    closing: bytes = b""
    since_opening: int = 0
    skipped: int = 0

    def add(self, window: bytes, end: int) -> None:
        """Measure what is before `end`. Raises `TooMuch`. No attribute contains `<`, so the next one ends a tag."""
        first = window.find(b"<", 0, end)
        self._check(self.since_tag + (end if first < 0 else first))
        self.since_tag = self.since_tag + end if first < 0 else end - window.rfind(b"<", 0, end)
        at, self.skipped = self.skipped, 0
        while True:
            if self.closing:
                closed = window.find(self.closing, at)
                self.since_opening += (closed if 0 <= closed < end else max(at, end)) - at
                self._check(self.since_opening)
                if not 0 <= closed < end:
                    return
                at = closed + len(self.closing)
                self.closing = b""
            opened = _NOT_TAGS.search(window, at)
            if opened is None or opened.start() >= end:
                return
            at, self.since_opening = opened.end(), 0
            self.closing = b"-->" if opened[0] == b"<!--" else b"?>"
            self.skipped = max(0, at - end)

    def _check(self, length: int) -> None:
        if length > LONGEST_TOKEN:
            raise TooMuch(f"{self.part} has a tag, text or comment of more than {LONGEST_TOKEN:,} bytes")
