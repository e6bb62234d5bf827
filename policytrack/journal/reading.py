"""Reading a file of events in whatever format it is, and a whole import at once."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final, Literal
from uuid import UUID

from policytrack.errors import NotFound, Place, PolicytrackError, RejectedImport, StorageTrouble
from policytrack.events import Event
from policytrack.journal import text as characters
from policytrack.journal.jsonl import read_jsonl
from policytrack.journal.rows import Row
from policytrack.journal.validation import validate

Format = Literal["auto", "yaml", "jsonl"]

STDIN: Final = "stdin"
"""What a stream without a path is called in a place."""

_BY_ENDING: Final[dict[str, Format]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


def read_rows(
    path: Path | None, stream: BinaryIO, format_: Format = "auto", max_errors: int | None = None
) -> Iterator[Row | PolicytrackError]:
    """The events of a file in their order, and what cannot be read, each with its place.

    `path` is only the name shown and, with `auto`, its ending; without one that is known, a file that begins
    with ``{`` is JSONL. Reading stops after `max_errors` errors.
    """
    source = str(path) if path is not None else STDIN
    if format_ == "auto":
        format_, stream = _guess(path, stream)
    errors = 0
    for item in read_jsonl(stream, source) if format_ == "jsonl" else _read_yaml(stream, source):
        yield item
        errors += isinstance(item, PolicytrackError)
        if max_errors is not None and errors >= max_errors:
            return


def load_events(
    files: Sequence[tuple[str, Path | BinaryIO]],
    *,
    today: date,
    known_on_of: Callable[[UUID], date | None],
    format_: Format = "auto",
    max_errors: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Event], dict[UUID, Place]]:
    """The events of some files, read and validated, and where each stands.

    `today` is the `known_on` of events that do not say; `known_on_of` gives that of a recorded event, which a
    correction of an error keeps. Raises `RejectedImport` with every finding, up to `max_errors`, and `NotFound`
    or `StorageTrouble` for a file that cannot be opened. `progress` is told the number of rows read, now and then.
    """
    loading = _Loading(today, known_on_of)
    with _without_collection():
        for name, file in files:
            with _opened(name, file) as stream:
                path = file if isinstance(file, Path) else None
                for row in read_rows(path, stream, format_, max_errors):
                    loading.take(row)
                    if progress is not None and loading.rows % 1_000 == 0:
                        progress(loading.rows)
                    if max_errors is not None and len(loading.findings) >= max_errors:
                        raise loading.rejected()
    if loading.findings:
        raise loading.rejected()
    return loading.events, loading.places


class _Loading:
    """An import in the making: events, their places, and what is wrong."""

    def __init__(self, today: date, known_on_of: Callable[[UUID], date | None]) -> None:
        self.events: list[Event] = []
        self.places: dict[UUID, Place] = {}
        self.findings: list[PolicytrackError] = []
        self._today, self._known_on_of = today, known_on_of
        self._known_on: dict[UUID, date] = {}
        self.rows = 0
        self._files: dict[str, int] = {}

    def take(self, row: Row | PolicytrackError) -> None:
        """One more event, or error."""
        if isinstance(row, PolicytrackError):
            self._note(row)
            return
        self.rows += 1
        try:
            event = validate(row, today=self._today, known_on_of=self._known_on_here)
        except RejectedImport as rejected:
            for finding in rejected.findings:
                self._note(finding)
            return
        self.events.append(event)
        self._known_on[event.event_id] = event.known_on
        self.places.setdefault(event.event_id, row.place)

    def _note(self, finding: PolicytrackError) -> None:
        if finding.place is not None:
            self._files.setdefault(finding.place.source, len(self._files))
        self.findings.append(finding)

    def rejected(self) -> RejectedImport:
        """Every finding. A mistake in a default or in the table of sources is met in each event that uses it,
        and said once."""
        once = {(finding.what, finding.place): finding for finding in self.findings}
        return RejectedImport(sorted(once.values(), key=self._order), self.rows)

    def _order(self, finding: PolicytrackError) -> tuple[int, int, int]:
        place = finding.place or Place("")
        return self._files.get(place.source, 0), place.line or 0, place.column or 0

    def _known_on_here(self, event_id: UUID) -> date | None:
        """Of an event read before, else of a recorded one."""
        return self._known_on.get(event_id) or self._known_on_of(event_id)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Without the search for reference cycles: events have none, and it would go through all of them again and
    again (measured: half of the time of a large import)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _opened(name: str, file: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    if not isinstance(file, Path):
        return nullcontext(file)
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise NotFound(f"no file {name}", hint="name a file that is there, or - for stdin") from None
    except OSError as trouble:
        raise StorageTrouble(f"{name} cannot be read: {trouble.strerror}", hint="nothing was written") from trouble


def _read_yaml(stream: BinaryIO, source: str) -> Iterator[Row | PolicytrackError]:
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
    ahead = io.BufferedReader(_Raw(stream), 65536)
    start = ahead.peek(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return "jsonl" if start.startswith(b"{") else "yaml", ahead


class _Raw(io.RawIOBase):
    """A stream as the raw side of a buffer, which alone can look ahead on a pipe."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the one kind of buffer that is handed in
        part = self._stream.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
