"""Reads the files of an import: every row becomes a validated draft in a temporary file, whatever the format.

Memory holds the findings, and what the decisions need to know of all drafts at once; the drafts are on disk.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypedDict, Unpack
from uuid import UUID

from policytrack.errors import LocateField, StorageTrouble
from policytrack.events import Event
from policytrack.importing.bulk.drafts import Drafted, KnownOnOf, draft_lines, draft_rows
from policytrack.importing.bulk.garbage_collector import without_collection
from policytrack.importing.bulk.parallel import Processes, draft_jsonl
from policytrack.importing.bulk.spool import Spool
from policytrack.importing.formats import Format, characters
from policytrack.importing.read_rows import Files, Items, format_of, name_of, opened, read_rows

if TYPE_CHECKING:
    from policytrack.importing.tables.table_options import TableOptions

Prepare = Callable[[Items], Items]
"""Changes the rows of a file before they are validated."""
Progress = Callable[[int], None]
_ROWS: Final = 500
"""Rows of a file that are drafted at once."""


class Options(TypedDict, total=False):
    """How files are read."""

    format_: Format
    max_errors: int | None
    """Reading stops after so many findings."""
    progress: Progress | None
    """Called with the number of rows read so far."""
    tables: TableOptions | None
    """How CSV and XLSX are read."""
    prepare: Prepare | None


def read_files(files: Files, folder: Path, *, today: date, known_on_of: KnownOnOf, **options: Unpack[Options]) -> Spool:
    """Reads and validates the events of some files into a temporary file in `folder`. The caller closes the spool.

    `today` is the `known_on` of events that do not say; `known_on_of` gives that of a recorded event, which the
    correction of an error inherits. The spool holds the findings. Several processes validate JSON Lines that need no
    preparation.

    Raises `NotFound` and `StorageTrouble` for a file that cannot be opened, and `StorageTrouble` when the disk is full.
    """
    spool = None
    try:
        spool = Spool(folder, options.get("max_errors"))
        with without_collection(), Processes() as processes:
            for source, part in _parts(files, _Reading(spool, today, known_on_of), processes, options):
                spool.add(source, part)
                if (progress := options.get("progress")) is not None:
                    progress(spool.rows)
                if spool.is_cut_short:
                    break
    except OSError as trouble:
        if spool is not None:
            spool.close()
        raise StorageTrouble(
            f"the disk refused, while keeping what was read in {folder}: {trouble}; it is not stored",
            hint="free some space, then run the same command again",
        ) from trouble
    except BaseException:
        if spool is not None:
            spool.close()
        raise
    return spool


def _parts(files: Files, reading: _Reading, processes: Processes, options: Options) -> Iterator[tuple[str, Drafted]]:
    """Yields what is in some files, part by part, each with the name of its file."""
    prepare, tables = options.get("prepare"), options.get("tables")
    for name, file in files:
        path = file if isinstance(file, Path) else None
        source = name_of(path)
        with opened(name, file) as opened_stream:
            format_, stream = format_of(path, opened_stream, options.get("format_", "auto"), tables)
            if format_ == "jsonl" and prepare is None:
                parts = reading.lines(stream, source, processes)
            else:
                rows = read_rows(path, stream, format_, options.get("max_errors"), tables)
                parts = reading.rows(prepare(rows) if prepare is not None else rows)
            yield from ((source, part) for part in parts)


def load_events(
    files: Files, *, today: date, known_on_of: KnownOnOf, **options: Unpack[Options]
) -> tuple[list[Event], dict[UUID, LocateField]]:
    """Returns the events of some files, all in memory, and the way to the places of each; see `read_files`.

    Raises `RejectedImport` with every finding.
    """
    folder = Path(tempfile.gettempdir())
    with read_files(files, folder, today=today, known_on_of=known_on_of, **options) as spool:
        spool.raise_findings()
        return spool.events()


class _Reading:
    """Turns what is read into drafts, in order."""

    def __init__(self, spool: Spool, today: date, known_on_of: KnownOnOf) -> None:
        self._spool, self._today, self._known_on_of = spool, today, known_on_of
        self._known_on: dict[str, str] | None = None
        self._remembered = 0

    def rows(self, rows: Items) -> Iterator[Drafted]:
        """The drafts of rows, part by part."""
        while some := list(islice(rows, _ROWS)):
            yield draft_rows(some, self._today, self._known_on_here)

    def lines(self, stream: BinaryIO, source: str, processes: Processes) -> Iterator[Drafted]:
        """The drafts of a JSONL file, part by part, from several processes. A part with a correction that needs the
        `known_on` of an earlier event is drafted again here, where all earlier events are known."""
        is_empty = True
        for part, after, drafted in draft_jsonl(stream, source, self._today, processes):
            is_empty = is_empty and not drafted.rows and not drafted.findings
            yield draft_lines(part, source, after, self._today, self._known_on_here) if drafted.waits else drafted
        if is_empty:
            yield draft_rows([characters.nothing_inside(source)], self._today, self._known_on_here)

    def _known_on_here(self, event_id: UUID) -> date | None:
        """When an event that was read before, or else a recorded one, was known."""
        if self._known_on is None:
            self._known_on = {}
        for _, drafts in self._spool.parts(self._remembered):
            self._known_on |= {draft.event_id: draft.known_on for draft in drafts}
        self._remembered = self._spool.end
        known_on = self._known_on.get(str(event_id))
        return date.fromisoformat(known_on) if known_on is not None else self._known_on_of(event_id)
