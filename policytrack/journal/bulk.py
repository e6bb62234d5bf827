"""Reading JSONL of any size: drafted by as many processes as there are cores, kept in a file, never all in memory."""

from __future__ import annotations

import os
import struct
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Final
from uuid import UUID

from policytrack.decide.plain import Draft, Registration
from policytrack.errors import Place, PolicytrackError, RejectedImport, StorageTrouble
from policytrack.journal import text as characters
from policytrack.journal.drafting import Drafted, KnownOnOf, draft_lines, drafts_in, error_of
from policytrack.journal.drafting_process import DraftingProcess
from policytrack.journal.jsonl import LONGEST_LINE
from policytrack.journal.reading import Files, opened

PART: Final = 512 * 1024
"""Bytes of a file that are drafted at once."""
FIRST: Final = 2 * PART
"""Bytes that are read before other processes are started: most files are no longer, and do not need them."""
_MOST_PROCESSES: Final = 8
_length = struct.Struct(">IQ")

Progress = Callable[[int], None]


class Spool:
    """The drafts of an import, in a file without a name that is gone with the process. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 # closed with the spool
        self._sources: list[str] = []
        self.count = 0
        self.keys = array("Q")
        """By turns 8 bytes of the id of a draft and 8 of its content."""
        self.about: Counter[str] = Counter()
        """Tags of the events that drafts speak of, with the number of these drafts."""
        self.registrations: list[Registration] = []
        """What the drafts register, in their order."""

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._file.close()

    def parts(self) -> Iterator[tuple[str, list[Draft]]]:
        """The drafts in their order, part by part, with the name of the file that they are from."""
        self._file.seek(0)
        while head := self._file.read(_length.size):
            source, size = _length.unpack(head)
            yield self._sources[source], drafts_in(self._file.read(size))

    def add(self, source: str, drafted: Drafted) -> None:
        """Take a part. Raises `OSError` when the disk refuses."""
        if not self._sources or self._sources[-1] != source:
            self._sources.append(source)
        self._file.write(_length.pack(len(self._sources) - 1, len(drafted.drafts)) + drafted.drafts)
        self.count += drafted.sound
        self.keys.frombytes(drafted.keys)
        self.about.update(drafted.about)
        self.registrations.extend(Registration(*found) for found in drafted.registrations)  # type: ignore[arg-type] # plain data of its making


def read_bulk(
    files: Files,
    folder: Path,
    *,
    today: date,
    known_on_of: KnownOnOf,
    max_errors: int | None = None,
    progress: Progress | None = None,
) -> Spool:
    """The events of some JSONL files, validated; what is kept of them lies in `folder`.

    Means, and raises, the same as `load_events`. The caller closes the spool.
    """
    spool = Spool(folder)
    reading = _Reading(spool, today, known_on_of, max_errors)
    try:
        with _Processes() as processes:
            for name, file in files:
                with opened(name, file) as stream:
                    source = str(file) if isinstance(file, Path) else "stdin"
                    is_empty = True
                    for part, after, drafted in _drafted(stream, source, today, processes):
                        is_empty = is_empty and not drafted.rows and not drafted.findings
                        reading.take(source, part, after, drafted)
                        if progress is not None:
                            progress(reading.rows)
                    if is_empty:
                        reading.note([characters.nothing_inside(source)])
        reading.finish()
    except OSError as trouble:
        spool.__exit__(None, None, None)
        raise StorageTrouble(
            f"the disk refused, while keeping what was read in {folder}: {trouble}; it is not stored",
            hint="free some space, then run the same command again",
        ) from trouble
    except BaseException:
        spool.__exit__(None, None, None)
        raise
    return spool


class _Reading:
    """An import in the making: what was read, and what is wrong with it."""

    def __init__(self, spool: Spool, today: date, known_on_of: KnownOnOf, max_errors: int | None) -> None:
        self.findings: list[PolicytrackError] = []
        self.rows = 0
        self._spool, self._today, self._known_on_of, self._max_errors = spool, today, known_on_of, max_errors
        self._known_on: dict[str, str] | None = None
        self._files: dict[str, int] = {}

    def take(self, source: str, part: bytes, after: int, drafted: Drafted) -> None:
        """The next part. Raises `RejectedImport` when there are too many findings."""
        if drafted.waits:
            drafted = self._with_those_that_waited(source, part, after)
        before = self.rows
        for rows, findings in drafted.findings:
            self.rows = before + rows
            self.note([error_of(finding) for finding in findings])
        self.rows = before + drafted.rows
        if not self.findings:
            self._spool.add(source, drafted)
            if self._known_on is not None:
                self._remember(drafts_in(drafted.drafts))

    def note(self, findings: list[PolicytrackError]) -> None:
        """More that is wrong."""
        for finding in findings:
            if finding.place is not None:
                self._files.setdefault(finding.place.source, len(self._files))
        self.findings += findings
        if self._max_errors is not None and len(self.findings) >= self._max_errors:
            raise self.rejected()

    def finish(self) -> None:
        """All is read: raises `RejectedImport` when something is wrong."""
        if self.findings:
            raise self.rejected()

    def rejected(self) -> RejectedImport:
        """Every finding, in the order of the files."""
        once = {(finding.what, finding.place): finding for finding in self.findings}
        return RejectedImport(sorted(once.values(), key=self._order), self.rows)

    def _order(self, finding: PolicytrackError) -> tuple[int, int, int]:
        place = finding.place or Place("")
        return self._files.get(place.source, 0), place.line or 0, place.column or 0

    def _with_those_that_waited(self, source: str, part: bytes, after: int) -> Drafted:
        """The part again, now that what stands before it is at hand."""
        if self._known_on is None:
            self._known_on = {}
            for _, drafts in self._spool.parts():
                self._remember(drafts)
        return draft_lines(part, source, after, self._today, self._known_on_here)

    def _remember(self, drafts: list[Draft]) -> None:
        known_on = self._known_on if self._known_on is not None else {}
        for draft in drafts:
            known_on[draft.event_id] = draft.known_on

    def _known_on_here(self, event_id: UUID) -> date | None:
        """Of an event read before, else of a recorded one."""
        known_on = (self._known_on or {}).get(str(event_id))
        return date.fromisoformat(known_on) if known_on is not None else self._known_on_of(event_id)


class _Processes:
    """The processes that draft, started when there is enough to do. Use as a context manager."""

    def __init__(self) -> None:
        self.count = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
        self._idle: SimpleQueue[DraftingProcess] = SimpleQueue()
        self._started: list[DraftingProcess] = []
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> _Processes:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()

    def draft(self, part: bytes, source: str, after: int, today: date) -> Future[Drafted]:
        """What becomes of a part of a file, in time. Raises `OSError` when no process can be started."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.count)
            for _ in range(self.count):
                self._started.append(DraftingProcess())
                self._idle.put(self._started[-1])
        return self._threads.submit(self._draft, part, source, after, today)

    def _draft(self, part: bytes, source: str, after: int, today: date) -> Drafted:
        process = self._idle.get()
        try:
            return process.draft(part, source, after, today)
        finally:
            self._idle.put(process)


def _drafted(stream: BinaryIO, source: str, today: date, processes: _Processes) -> Iterator[tuple[bytes, int, Drafted]]:
    """Each part of a file with the number of lines before it, and what became of it, in order."""
    at_work: deque[tuple[bytes, int, Future[Drafted]]] = deque()
    read = 0
    for part, after in _parts(stream):
        read += len(part)
        if after == 0 or read <= FIRST:
            yield part, after, draft_lines(part, source, after, today)
            if after == 0 and characters.is_utf_16(part[:4]):
                return
            continue
        at_work.append((part, after, processes.draft(part, source, after, today)))
        if len(at_work) > 2 * processes.count:
            first, before, done = at_work.popleft()
            yield first, before, done.result()
    for part, after, done in at_work:
        yield part, after, done.result()


def _parts(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Whole lines, about `PART` bytes at a time, with the number of lines before them. Of a line that is too long only
    as much is kept as shows it."""
    lines, rest, is_too_long = 0, b"", False
    while block := stream.read(PART):
        if is_too_long:
            _, ends, block = block.partition(b"\n")
            rest, is_too_long = (rest + ends, False) if ends else (rest, True)
        end = block.rfind(b"\n") + 1
        if end:
            part = rest + block[:end]
            yield part, lines
            lines += part.count(b"\n")
            rest = block[end:]
        elif not is_too_long:
            rest += block
        if len(rest) > LONGEST_LINE + 2:
            rest, is_too_long = rest[: LONGEST_LINE + 2], True
    if rest:
        yield rest, lines
