"""Parses one line of JSON with the column of every value: slow, used only for lines with errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from policytrack.errors import MalformedInput, Place, shortened
from policytrack.importing.formats import characters
from policytrack.importing.source_tree import DEEPEST, Node, Scalar, kind_of

STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
"""Strings and brackets of a text that may or may not be JSON, in linear time."""

_NOT_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_SPACE: Final = " \t\r\n"

# Finds syntax errors and their positions. Numbers stay text, so that none can be too long to convert.
_LENIENT: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def too_deep(line: str) -> int | None:
    """Return the position at which nesting exceeds `DEEPEST`, or None; brackets in strings do not count."""
    depth = 0
    for match in STRING_OR_BRACKET.finditer(line):
        if match[0] in "[{":
            depth += 1
            if depth > DEEPEST:
                return match.start()
        elif match[0] in "]}":
            depth -= 1
    return None


def unescaped(literal: str) -> str:
    """Return the text of a JSON string; empty when it is malformed (the parser reports that)."""
    try:
        text: str = _LENIENT.decode(literal)
    except ValueError:
        return ""
    return text


class JsonLine:
    """A line of a JSONL file: computes its tree and its errors."""

    def __init__(self, line: str, source: str, number: int) -> None:
        self.line, self.source, self.number = line, source, number
        self._at = 0
        self._findings: list[MalformedInput] = []

    def findings(self) -> list[MalformedInput]:
        """Return all errors of the line as JSON, in the order of columns."""
        hidden = [
            characters.hidden_character(m[0], self._place(m.start()))
            for m in islice(self._hidden(), characters.MOST_HIDDEN)
        ]
        if hidden:
            return hidden
        deep = too_deep(self.line)
        if deep is not None:
            what = f"the values are nested deeper than {DEEPEST} levels"
            return [MalformedInput(what, hint="write one event per line", place=self._place(deep))]
        try:
            content = _LENIENT.decode(self.line)
        except json.JSONDecodeError as problem:
            return [self._not_json(problem)]
        if not isinstance(content, dict):
            what = f"each line must hold one event, a JSON object in braces; this one holds {kind_of(content)}"
            hint = "write one event per line, without a list around them"
            return [MalformedInput(what, hint=hint, place=self._place(self._start()))]
        self.node()
        return self._findings

    def node(self) -> Node:
        """Return the tree of the line, which must be valid JSON."""
        self._at, self._findings = self._start(), []
        return self._value()

    def _start(self) -> int:
        return len(self.line) - len(self.line.lstrip(_SPACE))

    def _hidden(self) -> Iterator[re.Match[str]]:
        return characters.HIDDEN.finditer(self.line)

    def _place(self, position: int) -> Place:
        return Place(self.source, self.number, position + 1)

    def _not_json(self, problem: json.JSONDecodeError) -> MalformedInput:
        if self.line.lstrip().startswith("#"):
            hint = "use the field `note`, or YAML: JSONL has no comments"
        elif self.line.lstrip().startswith(("{", "[")):
            hint = "write one complete event per line; for YAML use --format yaml"
        else:
            hint = "write one object in braces per line; for YAML use --format yaml"
        what = f"this is not JSON: {problem.msg[0].lower()}{problem.msg[1:]}"
        return MalformedInput(what, hint=hint, place=self._place(min(problem.pos, len(self.line.rstrip(_SPACE)))))

    def _skip_space(self) -> str:
        while self.line[self._at] in _SPACE:
            self._at += 1
        return self.line[self._at]

    def _value(self) -> Node:
        first = self._skip_space()
        node = Node(None, self.number, self._at + 1)
        if first == "{":
            node.value = self._object()
        elif first == "[":
            node.value = self._list()
        elif first == '"':
            node.value = self._string()
        else:
            node.value = self._constant_or_number()
        return node

    def _object(self) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        self._at += 1
        while self._skip_space() != "}":
            if self.line[self._at] == ",":
                self._at += 1
                continue
            name_at = (self.number, self._at + 1)
            name = self._string()
            self._skip_space()
            self._at += 1  # the colon
            node = self._value()
            node.name_at = name_at
            if name in fields:
                self._find(f"the field {shortened(name)!r} occurs twice", "keep one of them", name_at[1] - 1)
            fields[name] = node
        self._at += 1
        return fields

    def _list(self) -> list[Node]:
        items: list[Node] = []
        self._at += 1
        while self._skip_space() != "]":
            if self.line[self._at] == ",":
                self._at += 1
                continue
            items.append(self._value())
        self._at += 1
        return items

    def _string(self) -> str:
        start = self._at
        text: str
        text, self._at = _LENIENT.raw_decode(self.line, start)
        if hidden := characters.HIDDEN.search(text):
            self._findings.append(characters.hidden_character(hidden[0], self._place(start)))
        return text

    def _constant_or_number(self) -> Scalar:
        start = self._at
        written: str | bool | None
        written, self._at = _LENIENT.raw_decode(self.line, start)
        if not isinstance(written, str):
            return written
        if written in _NOT_NUMBERS:
            self._find(f"{written} is not a number", "leave the field out if the value is unknown", start)
            return None
        try:
            return characters.integer(written) if written.lstrip("-").isdigit() else characters.fraction(written)
        except characters.NumberTooLong:
            self._find("the number is too long", f"write at most {characters.MOST_DIGITS} digits", start)
            return None

    def _find(self, what: str, hint: str, position: int) -> None:
        self._findings.append(MalformedInput(what, hint=hint, place=self._place(position)))
