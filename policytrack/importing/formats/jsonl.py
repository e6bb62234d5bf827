"""Reads JSONL: one event per line, as `export` writes it.

A valid line is parsed once, without positions. A line with an error is parsed again with positions
(`policytrack.importing.formats.json_positions`) to report what is wrong and where.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import orjson

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.importing.event_row import NodePlaces, Row
from policytrack.importing.formats import characters
from policytrack.importing.formats.json_positions import STRING_OR_BRACKET, JsonLine, too_deep, unescaped
from policytrack.importing.source_tree import DEEPEST, FieldPath

LONGEST_LINE: Final = 1024 * 1024
"""The largest number of bytes in a line."""

_BOM: Final = b"\xef\xbb\xbf"


class _Suspect(ValueError):
    """Valid JSON that is not accepted; the slow parser then finds the message and the place."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Suspect
    return fields


def _no_number(constant: str) -> Any:
    raise _Suspect(constant)


_FAST: Final = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_float=characters.fraction,
    parse_int=characters.integer,
    parse_constant=_no_number,
)


_NOT_PLAIN: Final = frozenset({dict, list, float})


@dataclass(slots=True)
class _LinePlaces:
    """Computes the places of an event in one line of JSON when they are needed."""

    source: str
    number: int
    line: str
    _cached: NodePlaces | None = None
    """The places of the whole line, cached: a line may have thousands of errors."""

    def locate(self, path: FieldPath) -> Place:
        return self._places().locate(path)

    def locate_name(self, path: FieldPath) -> Place:
        return self._places().locate_name(path)

    def _places(self) -> NodePlaces:
        if self._cached is None:
            self._cached = NodePlaces(self.source, JsonLine(self.line, self.source, self.number).node())
        return self._cached


def read_jsonl(stream: BinaryIO, source: str) -> Iterator[Row | PolicytrackError]:
    """Yield each line as a row, or its errors. Memory is bounded by the longest allowed line."""
    is_empty = True
    for item in read_lines(stream, source):
        is_empty = False
        yield item
    if is_empty:
        yield characters.nothing_inside(source)


def read_lines(stream: BinaryIO, source: str, after: int = 0) -> Iterator[Row | PolicytrackError]:
    """Yield the same for a part of a file, which may be empty; `after` is the number of lines before it."""
    number = after
    while raw := stream.readline(LONGEST_LINE + 2):
        number += 1
        if number == 1:
            if characters.is_utf_16(raw):
                yield characters.utf_16(source)
                return
            raw = raw.removeprefix(_BOM)
        if len(raw) > LONGEST_LINE and len(raw.rstrip(b"\r\n")) > LONGEST_LINE:
            yield MalformedInput(
                f"the line is longer than {LONGEST_LINE:,} bytes",
                hint="write one event per line, and shorten quotations",
                place=Place(source, number, 1),
            )
            if not raw.endswith(b"\n"):
                _skip_line(stream)
        elif raw and not raw.isspace():
            item = _read_line(raw, source, number)
            if isinstance(item, Row):
                yield item
            else:
                yield from item


def _skip_line(stream: BinaryIO) -> None:
    while (part := stream.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
        pass


def _read_line(raw: bytes, source: str, number: int) -> Row | list[MalformedInput]:
    try:
        line = raw.decode()
    except UnicodeDecodeError as problem:
        return [characters.not_utf_8(problem, source, number)]
    try:
        fields = _fast(line)
    except ValueError:
        return JsonLine(line, source, number).findings()
    places = _LinePlaces(source, number, line)
    column = 1 if line[0] == "{" else line.index("{") + 1
    return Row(fields, Place(source, number, column), places.locate, places.locate_name, line=line.rstrip("\r\n"))


def _fast(line: str) -> dict[str, Any]:
    # Only lines with escapes or non-ASCII text can contain hidden characters; the others skip the search.
    if not line.isascii() or "\x7f" in line or "\\u" in line:
        _refuse_hidden(line)
    if line.count("{") + line.count("[") > DEEPEST and too_deep(line) is not None:
        raise _Suspect
    fields = _plainly_read(line) or _FAST.decode(line)
    if type(fields) is not dict:
        raise _Suspect
    return fields


def _plainly_read(line: str) -> Any:
    """Parse a line without escapes, fractions or duplicate names; return None for any other line.

    This is five times as fast as `_FAST`, which finds duplicate names but calls Python for every object.
    """
    if "\\" in line:
        return None
    content = orjson.loads(line)
    # orjson drops duplicate names silently. Without escapes, every '":' in the line ends a field name (or would occur
    # inside a string, which only sends the line to `_FAST`), so fewer names than '":' means that one was dropped.
    names, parts = 0, [content]
    for part in parts:
        if type(part) is dict:
            names += len(part)
            parts += [value for value in part.values() if type(value) in _NOT_PLAIN]
        elif type(part) is list:
            parts += [value for value in part if type(value) in _NOT_PLAIN]
        else:
            return None
    return content if names == line.count('":') else None


def _refuse_hidden(line: str) -> None:
    if characters.HIDDEN.search(line):
        raise _Suspect
    if "\\u" in line:
        for match in STRING_OR_BRACKET.finditer(line):
            if "\\u" in match[0] and characters.HIDDEN.search(unescaped(match[0])):
                raise _Suspect
