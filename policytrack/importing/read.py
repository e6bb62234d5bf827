"""Reads the files of an import and writes every validated row as a draft to a temporary file, in any format.

Memory holds only the findings and the keys that decisions compare across all drafts; the drafts are on disk.
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
"""The number of rows in a part."""


class Options(TypedDict, total=False):
    """Options of reading files."""

    format_: Format
    max_errors: int | None
    """The number of findings after which reading stops."""
    progress: Progress | None
    """Called with the number of rows read so far."""
    tables: TableOptions | None
    """Options of reading CSV and XLSX."""
    prepare: Prepare | None


def read_files(files: Files, folder: Path, *, today: date, known_on_of: KnownOnOf, **options: Unpack[Options]) -> Spool:
    """Read and validate files into a temporary file in `folder`; return it with the findings. The caller closes it.

    `today` is the default of `known_on`. `known_on_of` returns the `known_on` of a recorded event, which the correction
    of an error inherits. Worker processes validate JSON Lines unless `prepare` is set: it needs the rows in order.

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
            f"disk error while writing the import's temporary file in {folder}: {trouble}; nothing was stored",
            hint="free disk space, then run the same command again",
        ) from trouble
    except BaseException:
        if spool is not None:
            spool.close()
        raise
    return spool


def _parts(files: Files, reading: _Reading, processes: Processes, options: Options) -> Iterator[tuple[str, Drafted]]:
    """Yield the drafts of files in parts, each with the name of its file."""
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
    """Return all events of files in memory, and a function to locate the fields of each; see `read_files`.

    Raises `RejectedImport` with every finding.
    """
    folder = Path(tempfile.gettempdir())
    with read_files(files, folder, today=today, known_on_of=known_on_of, **options) as spool:
        spool.raise_findings()
        return spool.events()


class _Reading:
    """Turns rows into drafts, in order."""

    def __init__(self, spool: Spool, today: date, known_on_of: KnownOnOf) -> None:
        self._spool, self._today, self._known_on_of = spool, today, known_on_of
        self._known_on: dict[str, str] | None = None
        self._remembered = 0

    def rows(self, rows: Items) -> Iterator[Drafted]:
        """Yield the drafts of rows in parts."""
        while some := list(islice(rows, _ROWS)):
            yield draft_rows(some, self._today, self._known_on_here)

    def lines(self, stream: BinaryIO, source: str, processes: Processes) -> Iterator[Drafted]:
        """Yield the drafts of a JSONL file in parts, from worker processes.

        A worker does not know earlier parts. If a correction needs the `known_on` of an event of an earlier part, this
        process drafts the part again.
        """
        is_empty = True
        for part, after, drafted in draft_jsonl(stream, source, self._today, processes):
            is_empty = is_empty and not drafted.rows and not drafted.findings
            yield draft_lines(part, source, after, self._today, self._known_on_here) if drafted.waits else drafted
        if is_empty:
            yield draft_rows([characters.nothing_inside(source)], self._today, self._known_on_here)

    def _known_on_here(self, event_id: UUID) -> date | None:
        """Return the `known_on` of an event read earlier, or of a recorded one; None when neither exists."""
        if self._known_on is None:
            self._known_on = {}
        for _, drafts in self._spool.parts(self._remembered):
            self._known_on |= {draft.event_id: draft.known_on for draft in drafts}
        self._remembered = self._spool.end
        known_on = self._known_on.get(str(event_id))
        return date.fromisoformat(known_on) if known_on is not None else self._known_on_of(event_id)
