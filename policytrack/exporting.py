"""Writes events as JSON Lines, exactly as stored, and as YAML, in the form that people write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ValidationError

from policytrack.events import Event
from policytrack.importing.formats.characters import NumberTooLong
from policytrack.importing.formats.yaml import scalar
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity, Money

_WRITTEN: Final = (VagueDate, Capacity, Money)
"""Classes of values that people write as one text."""

_PLAIN: Final = re.compile(r"[\w./(][^\n]*")
# In a plain YAML scalar, these would end the text or start a comment, a mapping or a document.
_NOT_PLAIN: Final = re.compile(r": |:$| #|^\.\.\.|^---|\s$")
# Invisible characters, and line ends of YAML that are not line ends of JSON: written as escapes.
_ESCAPED: Final = re.compile("[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]")
_INDENT: Final = "  "


def export_lines(rows: Iterable[tuple[int, str, datetime]]) -> Iterator[str]:
    """Yield one line of JSON per stored event (position, data, recorded at), byte for byte as stored.

    Position and time of recording belong to the ledger, not to the event. They are not written, so that the lines can
    be imported into any ledger.
    """
    for _position, data, _recorded_at in rows:
        yield data + "\n"


def to_yaml(event: Event) -> str:
    """Return the event as an item of a YAML list for ``events:``. Reading it gives an equal event."""
    fields = _fields(event)
    ordered = {"type": fields.pop("type"), **fields}
    return "".join(f"{line}\n" for line in _item(ordered, ""))


def _fields(part: BaseModel) -> dict[str, Any]:
    """Return the fields of a part by their names in files, without those that are None or have their default."""
    return {
        field.alias or name: _value(value)
        for name, field in type(part).model_fields.items()
        if (value := getattr(part, name)) is not None and (value != field.default or name == "type")
    }


def _value(value: Any) -> Any:
    if isinstance(value, _WRITTEN):
        return _as_written(value)
    if isinstance(value, BaseModel):
        return _fields(value)
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return value


def _as_written(value: VagueDate | Capacity | Money) -> str | dict[str, Any]:
    """Return the text of the source if it reads back to an equal value, else the value field by field.

    A text may read back differently after a correction of a part, or if its country or map gave it a meaning.
    """
    for text in (value.written, str(value)):
        try:
            if text and type(value).model_validate(text) == value:
                return text
        except ValidationError:
            continue
    return value.model_dump(exclude_none=True)


def _item(value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of a list item; the first begins with the dash."""
    if not isinstance(value, dict) or not value:
        yield f"{indent}- {_scalar(value, indent + _INDENT)}"
        return
    lines = _mapping(value, indent + _INDENT)
    yield f"{indent}- {next(lines).lstrip(' ')}"
    yield from lines


def _mapping(fields: dict[str, Any], indent: str) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:"
            yield from _mapping(value, indent + _INDENT)
        elif isinstance(value, list) and value:
            yield f"{indent}{name}:"
            for item in value:
                yield from _item(item, indent + _INDENT)
        else:
            yield f"{indent}{name}: {_scalar(value, indent + _INDENT)}"


def _scalar(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _text(value, indent)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | date | UUID):
        return str(value)
    return "{}" if isinstance(value, dict) else "[]"


def _text(text: str, indent: str) -> str:
    """Return a text plain if it reads back as text, as a block if it has several lines, else in double quotes."""
    if _is_plain(text):
        return text
    lines = text.split("\n")
    if len(lines) > 1 and lines[-1] and not lines[0].startswith(" ") and all(map(_is_line, lines)):
        return "|-\n" + "\n".join(f"{indent}{line}" if line else "" for line in lines)
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _is_plain(text: str) -> bool:
    if not (_PLAIN.fullmatch(text) and text.isprintable()) or _NOT_PLAIN.search(text):
        return False
    try:
        return scalar(text) is text
    except (NumberTooLong, ValueError):
        return False


def _is_line(line: str) -> bool:
    """Return whether a line can be written unquoted in a block: printable, and not of spaces only."""
    return not line or (line.isprintable() and bool(line.strip()))
