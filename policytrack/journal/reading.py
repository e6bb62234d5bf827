"""Reading a file of events in whatever format it is, and a whole import at once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal
from uuid import UUID

from policytrack.decide.repetition import id_of_repetition
from policytrack.errors import NotFound, Place, PolicytrackError, RejectedImport, StorageTrouble
from policytrack.events import EVENT_TYPES, Event
from policytrack.events.envelope import Registers, marks_of
from policytrack.journal import text as characters
from policytrack.journal.encodings import Transformed
from policytrack.journal.jsonl import read_jsonl
from policytrack.journal.rows import Row
from policytrack.journal.validation import validate
from policytrack.memory import without_collection

if TYPE_CHECKING:
    from policytrack.journal.tabular import TableOptions

Files = Sequence[tuple[str, Path | BinaryIO]]
"""Names and files, or streams."""
Format = Literal["auto", "yaml", "jsonl", "csv", "xlsx"]
Items = Iterator[Row | PolicytrackError]

STDIN: Final = "stdin"
"""What a stream without a path is called in a place."""

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
_OLD_BOOK: Final = b"\xd0\xcf\x11\xe0"
"""How an Excel book of before 2007 begins: not read, and its reader says what to do."""


def read_rows(
    path: Path | None,
    stream: BinaryIO,
    format_: Format = "auto",
    max_errors: int | None = None,
    tables: TableOptions | None = None,
) -> Items:
    """The events of a file in their order, and what cannot be read, each with its place.

    `path` is only the name shown and, with `auto`, its ending; without one that is known, a file that begins
    with ``{`` is JSONL, one that begins as a ZIP archive XLSX, and with a map any other is CSV. Reading stops after
    `max_errors` errors. `tables` says how tables are read.
    """
    source = str(path) if path is not None else STDIN
    if format_ == "auto":
        format_, stream = _guess(path, stream)
        if format_ == "yaml" and tables is not None and tables.needs_table:
            format_ = "csv"
    errors = 0
    for item in _items(stream, source, format_, tables):
        yield item
        errors += isinstance(item, PolicytrackError)
        if max_errors is not None and errors >= max_errors:
            return


def _items(stream: BinaryIO, source: str, format_: Format, tables: TableOptions | None) -> Items:
    if format_ == "jsonl":
        return read_jsonl(stream, source)
    if format_ == "yaml" or format_ == "auto":
        return _read_yaml(stream, source)
    from policytrack.journal.tabular import read_table

    return read_table(stream, source, format_, tables)


def is_jsonl(file: Path | BinaryIO, format_: Format = "auto") -> bool:
    """Whether a file is said to be JSONL: by the format, else by its ending."""
    if format_ != "auto":
        return format_ == "jsonl"
    return isinstance(file, Path) and _BY_ENDING.get(file.suffix.lower()) == "jsonl"


def load_events(
    files: Files,
    *,
    today: date,
    known_on_of: Callable[[UUID], date | None],
    format_: Format = "auto",
    max_errors: int | None = None,
    progress: Callable[[int], None] | None = None,
    tables: TableOptions | None = None,
    prepare: Callable[[Items], Items] | None = None,
) -> tuple[list[Event], dict[UUID, Place]]:
    """The events of some files, read and validated, and where each stands.

    `today` is the `known_on` of events that do not say; `known_on_of` gives that of a recorded event, which a
    correction of an error keeps. Raises `RejectedImport` with every finding, up to `max_errors`, and `NotFound`
    or `StorageTrouble` for a file that cannot be opened. `progress` is told the number of rows read, now and then.
    `tables` says how CSV and XLSX are read; `prepare` may change the rows of a file before they are validated.
    """
    loading = _Loading(today, known_on_of)
    with without_collection():
        for name, file in files:
            with opened(name, file) as stream:
                path = file if isinstance(file, Path) else None
                rows = read_rows(path, stream, format_, max_errors, tables)
                for row in prepare(rows) if prepare is not None else rows:
                    loading.take(row)
                    if progress is not None and loading.rows % 1_000 == 0:
                        progress(loading.rows)
                    if max_errors is not None and len(loading.findings) >= max_errors:
                        raise loading.rejected()
    if loading.findings:
        raise loading.rejected()
    return loading.events, loading.places


class RejectedReading(RejectedImport):
    """Files were refused while they were read; what was sound in them may be refused by the record as well.

    `sound` are the events that could be read, `places` says where they stand, and `claimed` are the ids that events
    in error were to register, by kind: that nobody registers those follows from the errors.
    """

    sound: Sequence[Event] = ()
    places: dict[UUID, Place] = {}  # noqa: RUF012 # set on the instance
    claimed: frozenset[tuple[str, str]] = frozenset()


class _Loading:
    """An import in the making: events, their places, and what is wrong."""

    def __init__(self, today: date, known_on_of: Callable[[UUID], date | None]) -> None:
        self.events: list[Event] = []
        self.places: dict[UUID, Place] = {}
        self.findings: list[PolicytrackError] = []
        self._today, self._known_on_of = today, known_on_of
        self._known_on: dict[UUID, date] = {}
        self._claimed: set[tuple[str, str]] = set()
        self._repeated: dict[UUID, int] = {}
        self.rows = 0
        self._files: dict[str, int] = {}

    def take(self, row: Row | PolicytrackError) -> None:
        """One more event, or error."""
        if isinstance(row, PolicytrackError):
            self._note(row)
            return
        self.rows += 1
        if row.is_broken:
            self._claimed |= registered_by(row)
            return
        try:
            event = validate(row, today=self._today, known_on_of=self._known_on_here)
        except RejectedImport as rejected:
            for finding in rejected.findings:
                self._note(finding)
            self._claimed |= registered_by(row)
            return
        if row.fields.get("event_id") is None and event.event_id in self.places:
            # A row that says the same as another: the decision needs both, and their places.
            number = self._repeated[event.event_id] = self._repeated.get(event.event_id, 1) + 1
            event = event.model_copy(update={"event_id": id_of_repetition(event.event_id, number)})
        self.events.append(event)
        self._known_on[event.event_id] = event.known_on
        self.places.setdefault(event.event_id, row.place)

    def _note(self, finding: PolicytrackError) -> None:
        if finding.place is not None:
            self._files.setdefault(finding.place.source, len(self._files))
        self.findings.append(finding)

    def rejected(self) -> RejectedReading:
        """Every finding. A mistake in a default or in the table of sources is met in each event that uses it,
        and said once."""
        once = {(finding.what, finding.place): finding for finding in self.findings}
        rejected = RejectedReading(sorted(once.values(), key=self._order), self.rows)
        rejected.sound, rejected.places, rejected.claimed = self.events, self.places, frozenset(self._claimed)
        return rejected

    def _order(self, finding: PolicytrackError) -> tuple[int, int, int]:
        place = finding.place or Place("")
        return self._files.get(place.source, 0), place.line or 0, place.column or 0

    def _known_on_here(self, event_id: UUID) -> date | None:
        """Of an event read before, else of a recorded one."""
        return self._known_on.get(event_id) or self._known_on_of(event_id)


def registered_by(row: Row) -> set[tuple[str, str]]:
    """The ids that a row was to register, by kind; one of a type that is not known may register any that it names."""
    event_type = EVENT_TYPES.get(str(row.fields.get("type")))
    types = EVENT_TYPES.values() if event_type is None else (event_type,)
    marks = ((name, mark) for one in types for name, mark in marks_of(one).items())
    ids = ((mark.kind, row.fields.get(name)) for name, mark in marks if isinstance(mark, Registers))
    return {(kind, id_) for kind, id_ in ids if isinstance(id_, str)}


def opened(name: str, file: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """A file to read, or the stream itself. Raises `NotFound` and `StorageTrouble`."""
    if not isinstance(file, Path):
        return nullcontext(file)
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise NotFound(f"no file {name}", hint="name a file that is there, or - for stdin") from None
    except OSError as trouble:
        raise StorageTrouble(f"{name} cannot be read: {trouble.strerror}", hint="nothing was written") from trouble


def _read_yaml(stream: BinaryIO, source: str) -> Items:
    # Loading the YAML library takes longer than reading a short JSONL file.
    from policytrack.journal.story import rows_of
    from policytrack.journal.yaml_file import read_yaml

    found = False
    for document in read_yaml(stream, source):
        if isinstance(document, PolicytrackError):
            found = True
            yield document
            continue
        for item in rows_of(document, source):
            found = True
            yield item
    if not found:
        yield characters.nothing_inside(source)


def _guess(path: Path | None, stream: BinaryIO) -> tuple[Format, BinaryIO]:
    """The format by the ending, else by the first character; and the stream, from its beginning."""
    by_ending = _BY_ENDING.get(path.suffix.lower()) if path is not None else None
    if by_ending is not None:
        return by_ending, stream
    ahead = io.BufferedReader(Transformed(stream), 65536)
    start = ahead.peek(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"PK\x03\x04", _OLD_BOOK)):
        return "xlsx", ahead
    return "jsonl" if start.startswith(b"{") else "yaml", ahead
