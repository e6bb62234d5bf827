"""Reads a file with the importer of a plugin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.importing.event_row import Row
from policytrack.importing.formats import characters
from policytrack.plugins import importers, load_importer, version_of


def read_plugin(stream: BinaryIO, source: str, format_: str) -> Iterator[Row | PolicytrackError]:
    """Yield the events that the importer of a plugin reads from a file, and its errors.

    An exception of the importer is an error of the file, so the import records nothing. Raises `UsageError` if the
    plugin cannot be loaded.
    """
    reader = load_importer(format_)
    is_empty = True
    try:
        for line, fields in reader(stream):
            is_empty = False
            yield _row(fields, Place(source, line))
    except PolicytrackError:
        raise
    except Exception as failed:  # noqa: BLE001 # the code of a plugin may raise anything
        what = f"the importer {format_} of the plugin {version_of(importers()[format_])} failed"
        yield MalformedInput(
            f"{what}: {type(failed).__name__}: {failed}", hint="report it to the plugin's author", place=Place(source)
        )
        return
    if is_empty:
        yield characters.nothing_inside(source)


def _row(fields: dict[str, Any], place: Place) -> Row:
    return Row({name: _plain(value) for name, value in fields.items()}, place, lambda _: place)


def _plain(value: Any) -> Any:
    """Return a value of the types that rows have. Raises `TypeError` for another, such as a float: it is not exact."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | Decimal):
        return value
    raise TypeError(f"{value!r} is a {type(value).__name__}; give a text, an int, a Decimal, a date, a list or a dict")
