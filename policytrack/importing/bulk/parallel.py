"""Validates a JSONL file in one worker process per core (at most 8)."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from queue import SimpleQueue
from types import TracebackType
from typing import BinaryIO, Final

from policytrack.importing.bulk.drafts import Drafted, draft_lines
from policytrack.importing.bulk.worker import DraftingProcess
from policytrack.importing.formats import characters
from policytrack.importing.formats.jsonl import LONGEST_LINE
from policytrack.values.own_units import OwnUnits, own_units

PART: Final = 512 * 1024
"""The size of a part in bytes."""
FIRST: Final = 2 * PART
"""Bytes that this process validates itself before it starts workers; most files are shorter."""
_MOST_PROCESSES: Final = 8


class Processes:
    """A pool of worker processes, started at the first use. Use as a context manager."""

    def __init__(self) -> None:
        self.count = min(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, _MOST_PROCESSES
        )
        self._idle: SimpleQueue[DraftingProcess] = SimpleQueue()
        self._started: list[DraftingProcess] = []
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()

    def draft(self, part: bytes, source: str, after: int, today: date) -> Future[Drafted]:
        """Draft a part in a worker process. Raises `OSError` when no process can be started."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.count)
            for _ in range(self.count):
                self._started.append(DraftingProcess())
                self._idle.put(self._started[-1])
        return self._threads.submit(self._draft, part, source, after, today, own_units())

    def _draft(self, part: bytes, source: str, after: int, today: date, units: OwnUnits) -> Drafted:
        process = self._idle.get()
        try:
            return process.draft(part, source, after, today, units)
        finally:
            self._idle.put(process)


def draft_jsonl(
    stream: BinaryIO, source: str, today: date, processes: Processes
) -> Iterator[tuple[bytes, int, Drafted]]:
    """Yield each part of a file in order: its bytes, the number of lines before it, and its drafts."""
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
        if len(at_work) > 2 * processes.count:  # bounds the memory: parts that wait for an earlier one
            first, before, done = at_work.popleft()
            yield first, before, done.result()
    for part, after, done in at_work:
        yield part, after, done.result()


def _parts(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield parts of whole lines of about `PART` bytes, each with the number of lines before it.

    A line that is too long is cut to `LONGEST_LINE + 2` bytes, enough for the reader to see that it is too long.
    """
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
