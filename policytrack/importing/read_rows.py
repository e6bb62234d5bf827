"""Detects the format of a file and reads its rows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, Final, get_args

from policytrack.errors import NotFound, PolicytrackError, StorageTrouble
from policytrack.events import EVENT_TYPES
from policytrack.importing.event_row import Row
from policytrack.importing.formats import Format, characters
from policytrack.importing.formats.encodings import Transformed
from policytrack.importing.formats.jsonl import read_jsonl
from policytrack.input_files import open_input

if TYPE_CHECKING:
    from policytrack.importing.tables.table_options import TableOptions

Files = Sequence[tuple[str, Path | BinaryIO]]
"""Pairs of a file's name in messages, and its path or stream."""
Items = Iterator[Row | PolicytrackError]

STDIN: Final = "stdin"
"""The name of a stream without a path, in places."""

_BY_ENDING: Final[dict[str, Format]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_TYPE: Final = re.compile(rb'"type"\s*:\s*"([a-z_]+)"')
_OLD_BOOK: Final = b"\xd0\xcf\x11\xe0"
"""The first bytes of an Excel 97-2003 file. The XLSX reader refuses it with a hint to save it as XLSX."""


def read_rows(
    path: Path | None,
    stream: BinaryIO,
    format_: Format = "auto",
    max_errors: int | None = None,
    tables: TableOptions | None = None,
) -> Items:
    """Yield the rows of a file and the errors in it, in order.

    Reading stops after `max_errors` errors. For `format_`, see `format_of`.
    """
    format_, stream = format_of(path, stream, format_, tables)
    errors = 0
    for item in _items(stream, name_of(path), format_, tables):
        yield item
        errors += isinstance(item, PolicytrackError)
        if max_errors is not None and errors >= max_errors:
            return


def name_of(path: Path | None) -> str:
    """Return the name of a file in places."""
    return str(path) if path is not None else STDIN


def format_by_ending(name: str) -> Format:
    """Return the format of a file by the ending of its name; `auto` for an unknown one."""
    return _BY_ENDING.get(PurePath(name).suffix.lower(), "auto")


def format_of(
    path: Path | None, stream: BinaryIO, format_: Format, tables: TableOptions | None
) -> tuple[Format, BinaryIO]:
    """Return the format of a file, and the stream from its beginning.

    With `auto`, the file's extension decides. Without a known extension, a file that begins with ``{`` is JSONL, a ZIP
    archive is XLSX, and any other file is CSV with a map and YAML without. With a map, JSON that is not an event in the
    policytrack format is read as a table of records.
    """
    if format_ != "auto":
        return format_, stream
    format_, stream = _guess(path, stream)
    if format_ in ("jsonl", "yaml") and tables is not None and tables.map is not None and tables.map.event:
        ahead = io.BufferedReader(Transformed(stream), 65536)
        if _is_records(ahead.peek(4096)):
            return "json", ahead
        stream = ahead
    needs_table = format_ == "yaml" and tables is not None and tables.needs_table
    return ("csv" if needs_table else format_), stream


def _items(stream: BinaryIO, source: str, format_: Format, tables: TableOptions | None) -> Items:
    if format_ == "jsonl":
        return read_jsonl(stream, source)
    if format_ == "yaml":
        return _read_yaml(stream, source)
    if format_ not in get_args(Format):
        from policytrack.importing.formats.plugin import read_plugin

        return read_plugin(stream, source, format_)
    from policytrack.importing.tables.read_table import read_table

    return read_table(stream, source, format_, tables)


def opened(name: str, file: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Open a file to read; return a stream unchanged. Raises `NotFound` and `StorageTrouble`."""
    if not isinstance(file, Path):
        return nullcontext(file)
    try:
        return open_input(file)
    except FileNotFoundError:
        raise NotFound(f"no file {name}", hint="check the path, or use - for stdin") from None
    except OSError as trouble:
        raise StorageTrouble(
            f"cannot read {name}: {trouble.strerror}; nothing was written",
            hint="check the file and its permissions, or use - to read from stdin",
        ) from trouble


def _read_yaml(stream: BinaryIO, source: str) -> Items:
    # Loading the YAML library takes longer than reading a short JSONL file.
    from policytrack.importing.formats.yaml import read_yaml
    from policytrack.importing.story import rows_of

    is_empty = True
    for document in read_yaml(stream, source):
        if isinstance(document, PolicytrackError):
            is_empty = False
            yield document
            continue
        for item in rows_of(document, source):
            is_empty = False
            yield item
    if is_empty:
        yield characters.nothing_inside(source)


def _is_records(start: bytes) -> bool:
    """Return whether a file with this start is JSON whose first object is not an event."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    type_field = _TYPE.search(start.partition(b"\n")[0])
    is_event = type_field is not None and type_field[1].decode() in EVENT_TYPES
    return start.startswith((b"[", b"{")) and not is_event


def _guess(path: Path | None, stream: BinaryIO) -> tuple[Format, BinaryIO]:
    """Return the format by extension, otherwise by the first bytes; and the stream from its beginning."""
    by_ending = _BY_ENDING.get(path.suffix.lower()) if path is not None else None
    if by_ending is not None:
        return by_ending, stream
    ahead = io.BufferedReader(Transformed(stream), 65536)
    start = ahead.peek(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"PK\x03\x04", _OLD_BOOK)):
        return "xlsx", ahead
    return "jsonl" if start.startswith(b"{") else "yaml", ahead
