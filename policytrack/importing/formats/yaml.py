"""Reads YAML into trees with places.

The trees are built from the parser's events, because the usual constructors guess: here `NO`, a date and `007` are
text, and `1.10` stays exact. Anchors, tags and merge keys are refused: with them a small file could expand to a huge
one, and a reader could not see the content of an event in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from policytrack.errors import MalformedInput, Place, PolicytrackError, shortened
from policytrack.importing.formats import characters
from policytrack.importing.source_tree import DEEPEST, Node, Scalar

LARGEST: Final = 50 * 1024 * 1024
"""The largest size of a YAML file in bytes."""

MOST_NODES: Final = 1_000_000
"""The largest number of values in a file, empty documents included. The parser takes 30 µs for each."""

UNFILLED: Final = "…"
"""The placeholder in a template for text to be written."""

_BOM: Final = b"\xef\xbb\xbf"
_UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LONG_TAG: Final = re.compile(r"(?:^|(?<=[\s\[{,]))!<?[0-9A-Za-z;/?:@&=+$,_.!~*'()\[\]#%-]{1000}")
"""A tag that the parser would take minutes for: it puts a tag together character by character."""
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_NOT_NUMBERS: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_ENDS: Final = "the rest of the file was not read, and may contain more errors"
_NO_TAGS: Final = "leave the tag out; put text in quotes"
_USE_SOURCES: Final = "write a source once in the table `sources:`, and its key in the events"


def scalar(text: str) -> Scalar:
    """Return the value of unquoted text: a number, true, false, null, or else the text itself.

    Raises `characters.NumberTooLong`, and `ValueError` for an infinity or NaN.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return characters.integer(text)
    if _FRACTION.fullmatch(text):
        return characters.fraction(text)
    if _NOT_NUMBERS.fullmatch(text):
        raise ValueError(text)
    return text


def read_yaml(stream: BinaryIO, source: str) -> Iterator[Node | PolicytrackError]:
    """Yield the documents of a file as trees, and the errors in each before it; a syntax error ends the file."""
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        hint = "split the file, or use JSONL, which has no such limit"
        yield MalformedInput(f"the file has more than {LARGEST:,} bytes", hint=hint, place=Place(source))
        return
    if characters.is_utf_16(raw[:2]):
        yield characters.utf_16(source)
        return
    raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode()
    except UnicodeDecodeError as problem:
        line_start = raw.rfind(b"\n", 0, problem.start) + 1
        yield characters.not_utf_8(problem, source, raw.count(b"\n", 0, problem.start) + 1, line_start)
        return
    unreadable = list(islice(_unreadable(text, source), characters.MOST_HIDDEN))
    if not unreadable and (long := _LONG_TAG.search(text)):
        place = Place(source, text.count("\n", 0, long.start()) + 1, long.start() - text.rfind("\n", 0, long.start()))
        yield MalformedInput(f"the tag {shortened(long[0])} is not supported", hint=_NO_TAGS, place=place)
        return
    yield from unreadable or _Documents(text, source)


def _unreadable(text: str, source: str) -> Iterator[MalformedInput]:
    line, line_start, counted = 1, 0, 0
    for match in _UNREADABLE.finditer(text):
        line += text.count("\n", counted, match.start())
        line_start = max(line_start, text.rfind("\n", counted, match.start()) + 1)
        counted = match.start()
        yield characters.hidden_character(match[0], Place(source, line, counted - line_start + 1))


class _Stop(Exception):
    """Ends the reading of a file; the finding is already added."""


class _Documents:
    """Iterates over the documents of a text and the errors in them."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self._findings: list[MalformedInput] = []
        self._nodes = 0
        self._last_mark: Any = None

    def __iter__(self) -> Iterator[Node | PolicytrackError]:
        try:
            for event in self._events:
                if isinstance(event, DocumentStartEvent):
                    node = self._node(next(self._events), 0)
                    yield from self._findings
                    self._findings.clear()
                    yield node
        except _Stop:
            pass
        except MarkedYAMLError as problem:
            self._findings.append(self._not_yaml(problem))
        except (YAMLError, YAMLStreamError, ValueError, OverflowError):
            # The parser raises these without a position, for escapes and directives out of range.
            what = "this is not YAML: an escape or a directive after this place is invalid"
            self._find(what, f"write the character itself; {_ENDS}", self._last_mark)
        yield from self._findings

    def _not_yaml(self, problem: MarkedYAMLError) -> MalformedInput:
        mark = problem.problem_mark or problem.context_mark
        words = str(problem.problem or problem.context or "syntax error").partition("\n")[0]
        hint = "indent with spaces, not tabs" if "'\\t'" in words else "put text that contains ': ' or ' #' in quotes"
        return MalformedInput(f"this is not YAML: {words}", hint=f"{hint}; {_ENDS}", place=self._place(mark))

    def _place(self, mark: Any) -> Place:
        return Place(self._source, mark.line + 1, mark.column + 1) if mark else Place(self._source, 1, 1)

    def _find(self, what: str, hint: str, mark: Any) -> None:
        self._findings.append(MalformedInput(what, hint=hint, place=self._place(mark)))

    def _node(self, event: Any, depth: int) -> Node:
        mark = event.start_mark
        self._nodes += 1
        self._last_mark = mark
        if self._nodes > MOST_NODES:
            self._find(f"the file has more than {MOST_NODES:,} values", "use JSONL for bulk data", mark)
            raise _Stop
        node = Node(None, mark.line + 1, mark.column + 1)
        before = len(self._findings)
        node.value = self._content(event, depth)
        node.is_broken = len(self._findings) > before
        return node

    def _content(self, event: Any, depth: int) -> Scalar | dict[str, Node] | list[Node]:
        mark = event.start_mark
        if isinstance(event, AliasEvent):
            self._find(f"the alias *{shortened(event.anchor)} is not supported", _USE_SOURCES, mark)
            return None
        if event.anchor is not None:
            self._find(f"the anchor &{shortened(event.anchor)} is not supported", _USE_SOURCES, mark)
        if event.ctag is not None:
            tag = f"{event.ctag.handle or ''}{event.ctag.suffix or ''}"
            self._find(f"the tag {shortened(tag)} is not supported", _NO_TAGS, mark)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if depth >= DEEPEST:
            self._find(f"the values are nested deeper than {DEEPEST} levels", "check the indentation", mark)
            raise _Stop
        return self._mapping(depth + 1) if isinstance(event, MappingStartEvent) else self._sequence(depth + 1)

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, depth))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            mark = event.start_mark
            name = self._name(event, depth)
            content = next(self._events)
            node = self._node(content, depth)
            node.name_at = mark.line + 1, mark.column + 1
            if isinstance(content, ScalarEvent) and not content.value and not content.style:
                # For an empty value the parser gives the place of the next token; use that of the name instead.
                node.line, node.column = node.name_at
            if name in fields:
                self._find(f"the field {shortened(name)!r} occurs twice", "keep one of them", mark)
            elif name is not None:
                fields[name] = node
        return fields

    def _name(self, event: Any, depth: int) -> str | None:
        if not isinstance(event, ScalarEvent):
            self._node(event, depth)
            if not isinstance(event, AliasEvent):
                what = "the name of a field must be text, not a list or a mapping"
                self._find(what, "write name: value", event.start_mark)
            return None
        if event.anchor is not None or event.ctag is not None:
            self._node(event, depth)
        name = str(event.value)
        if name == "<<" and not event.style:
            self._find("the merge key << is not supported", _USE_SOURCES, event.start_mark)
            return None
        self._refuse_hidden(name, event.start_mark)
        return name

    def _scalar(self, event: Any) -> Scalar:
        text = str(event.value)
        self._refuse_hidden(text, event.start_mark)
        if event.style or event.ctag is not None:
            return text
        if text == UNFILLED:
            self._find(
                f"the placeholder {UNFILLED} is not filled in",
                "write the value, or leave the field out; a literal … needs quotes",
                event.start_mark,
            )
            return None
        try:
            return scalar(text)
        except characters.NumberTooLong:
            hint = f"write at most {characters.MOST_DIGITS} digits, or put it in quotes if it is text"
            self._find("the number is too long", hint, event.start_mark)
        except ValueError:
            self._find(
                f"{shortened(text)} is not a number", "leave the field out if the value is unknown", event.start_mark
            )
        return None

    def _refuse_hidden(self, text: str, mark: Any) -> None:
        # Escapes in double quotes can produce characters that are refused in the file itself.
        if hidden := characters.HIDDEN.search(text):
            self._findings.append(characters.hidden_character(hidden[0], self._place(mark)))
