"""Reads JSON of other publishers as a table for a map: a list of objects, one object per line, or GeoJSON.

Each object is a row and its fields are the cells. A nested field is named ``operator.name``; the texts of a list are
joined by semicolons in one cell; numbers keep the digits of the file. A GeoJSON feature has the columns of its
properties, and `longitude` and `latitude` for a point. Rows count from 1.
"""

from __future__ import annotations

import codecs
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, BinaryIO, Final

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.importing.formats import characters
from policytrack.importing.formats.table import LONGEST_CELL, MOST_COLUMNS, Digits, Record

LONGEST_OBJECT: Final = 1024 * 1024
"""The largest number of characters in an object."""
SEPARATOR: Final = "; "
"""Joins the texts of a list in one cell."""

_CHUNK: Final = 256 * 1024
_SPACE: Final = re.compile(r"[\s,]*")
_FEATURES: Final = re.compile(r'\{.*?"features"\s*:\s*\[', re.DOTALL)
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class FieldPlace(Place):
    """The place of a field of an object: ``plants.json[3].capacity``; `line` is the first line of the object."""

    number: int = 0
    name: str = ""

    def __str__(self) -> str:
        return f"{self.source}[{self.number}]{'.' if self.name else ''}{self.name} (line {self.line})"


class _Refusal(Exception):
    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def _digits(text: str) -> Digits:
    """Return a JSON number in plain digits: 1.5e3 is 1500."""
    return Digits(format(Decimal(text), "f") if "e" in text.casefold() else text)


def _no_number(text: str) -> str:
    raise _Refusal(f"{text} is not a number", "leave the field out")


_DECODER: Final = json.JSONDecoder(parse_float=_digits, parse_int=_digits, parse_constant=_no_number)


def read_json_records(stream: BinaryIO, source: str) -> Iterator[Record | PolicytrackError]:
    """Yield a header of all fields that occur in any object, then each object as a record.

    The objects are stored in a temporary file until all fields are known. A syntax error ends the file.
    """
    names: dict[str, int] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as kept:
        try:
            _keep(stream, source, names, kept)
        except _At as problem:
            yield problem.finding
            return
        if not names:
            yield characters.nothing_inside(source)
            return
        titles = list(names)
        yield Record(0, tuple(titles), _places(source, 1, 0, titles))
        kept.seek(0)
        for number, kept_line in enumerate(kept, start=1):
            line, cells = json.loads(kept_line)
            row = [""] * len(titles)
            for index, text, is_number in cells:
                row[index] = Digits(text) if is_number else text
            yield Record(number, tuple(row), _places(source, line, number, titles))


class _At(Exception):
    def __init__(self, finding: MalformedInput) -> None:
        super().__init__(finding.what)
        self.finding = finding


def _places(source: str, line: int, number: int, titles: list[str]) -> Callable[[int], Place]:
    return lambda index: FieldPlace(source, line, None, number, titles[index] if index < len(titles) else "")


def _keep(stream: BinaryIO, source: str, names: dict[str, int], kept: IO[str]) -> None:
    """Write the cells of every object as a line, by the numbers that `names` gives to the fields."""
    for number, (line, found) in enumerate(_objects(stream, source), start=1):
        place = FieldPlace(source, line, None, number)
        if not isinstance(found, dict):
            what = "each row must be a JSON object: {…}"
            raise _At(MalformedInput(what, hint="see docs/import.md for the accepted forms", place=place))
        cells: dict[str, str] = {}
        try:
            _flatten(_of_feature(found), "", cells, 0)
        except _Refusal as refusal:
            raise _At(MalformedInput(refusal.what, hint=refusal.hint, place=place)) from None
        for name in cells:
            if hidden := characters.HIDDEN.search(name):
                raise _At(characters.hidden_character(hidden[0], place))
            names.setdefault(name, len(names))
        if len(names) > MOST_COLUMNS:
            what = f"the objects have more than {MOST_COLUMNS:,} fields"
            raise _At(MalformedInput(what, hint="check that the objects are rows of one table", place=place))
        kept.write(
            json.dumps([line, [(names[name], text, isinstance(text, Digits)) for name, text in cells.items()]]) + "\n"
        )


def _objects(stream: BinaryIO, source: str) -> Iterator[tuple[int, Any]]:
    """Yield the values of a list, a feature collection or lines, each with its first line number."""
    text = _Text(stream, source)
    first = text.skip()
    collection = _FEATURES.match(text.buffer, text.position) if '"FeatureCollection"' in text.buffer else None
    is_list = collection is not None or first == "["
    if is_list:
        text.move(collection.end() if collection is not None else text.position + 1)
    while next_one := text.skip():
        if is_list and next_one == "]":
            return
        line = text.line
        yield line, text.value()
    if is_list:
        what = "the closing bracket of the list is missing"
        raise _At(MalformedInput(what, hint="check that the file is complete", place=text.place()))


class _Text:
    """The text of a stream, of which a window is in memory."""

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self._stream, self._source = stream, source
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.buffer, self.position, self.line, self._is_whole = "", 0, 1, False

    def more(self, count: int) -> bool:
        """Read more text and drop the text before the position; return False at the end."""
        raw = self._stream.read(count)
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as problem:
            raise _At(characters.not_utf_8(problem, self._source, self.line)) from None
        self.buffer, self.position = self.buffer[self.position :] + text, 0
        self._is_whole = not raw
        return bool(raw)

    def move(self, end: int) -> None:
        """Advance to a position of the buffer."""
        self.line += self.buffer.count("\n", self.position, end)
        self.position = end

    def skip(self) -> str:
        """Skip spaces and commas; return the next character, empty at the end."""
        while True:
            self.move(_SPACE.match(self.buffer, self.position).end())  # type: ignore[union-attr] # it also matches the empty string
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self.more(_CHUNK):
                return ""

    def value(self) -> Any:
        """Return the value at the position, and advance behind it."""
        while True:
            left = len(self.buffer) - self.position
            try:
                found, end = _DECODER.raw_decode(self.buffer, self.position)
            except (json.JSONDecodeError, RecursionError) as problem:
                # Parsing starts again after each read. Doubling the buffer keeps the total work linear.
                if left <= LONGEST_OBJECT and self.more(max(_CHUNK, left)):
                    continue
                what = f"this is not JSON: {getattr(problem, 'msg', 'lists within lists')}"
                hint = "write a list of objects, one object per line, or a FeatureCollection"
                raise _At(MalformedInput(what, hint=hint, place=self.place())) from None
            except _Refusal as refusal:
                raise _At(MalformedInput(refusal.what, hint=refusal.hint, place=self.place())) from None
            if end == len(self.buffer) and not self._is_whole and self.more(_CHUNK):
                continue  # a number at the end of the buffer may continue
            self.move(end)
            return found

    def place(self) -> Place:
        """Return the place of the current position."""
        return Place(self._source, self.line)


def _of_feature(found: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a GeoJSON feature; return any other object unchanged."""
    if found.get("type") != "Feature" or not isinstance(found.get("properties"), dict):
        return found
    geometry = found.get("geometry")
    fields: dict[str, Any] = {"id": found["id"]} if "id" in found else {}
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        coordinates = geometry.get("coordinates")
        if isinstance(coordinates, list) and len(coordinates) >= 2:
            fields |= {"longitude": coordinates[0], "latitude": coordinates[1]}
    return {**fields, **found["properties"]}


def _flatten(value: Any, name: str, cells: dict[str, str], depth: int) -> None:
    if depth > _DEEPEST:
        raise _Refusal(f"objects are nested more than {_DEEPEST} deep", "check that the objects are rows of one table")
    if isinstance(value, dict):
        for inner, part in value.items():
            _flatten(part, f"{name}.{inner}" if name else " ".join(inner.split()), cells, depth + 1)
        return
    if isinstance(value, list):
        if any(isinstance(item, list | dict) for item in value):
            text = json.dumps(value, ensure_ascii=False)
        else:
            text = SEPARATOR.join(_plain(item) for item in value)
    else:
        text = _plain(value)
    if len(text) > LONGEST_CELL:
        raise _Refusal(f"{name} has more than {LONGEST_CELL:,} characters", "shorten the text")
    if hidden := characters.HIDDEN.search(text):
        raise _Refusal(f"{name} contains the hidden character {characters.name_of(hidden[0])}", "remove it")
    cells[name or "value"] = text if isinstance(text, Digits) else text.strip()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
