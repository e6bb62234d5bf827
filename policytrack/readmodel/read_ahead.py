"""Reading ahead: the next batch comes from the event store while the read model takes the one before."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(batches: Iterator[T]) -> Iterator[T]:
    """The same batches, each asked for before the one before it is done with: one more is in memory.

    They are all read, and the reading ended, by one thread of their own, as a connection to SQLite needs it. What
    reading raises is raised here, after the batches before it.
    """
    nothing = object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading") as reader:
        try:
            coming = reader.submit(next, batches, nothing)
            while (batch := coming.result()) is not nothing:
                coming = reader.submit(next, batches, nothing)
                yield batch  # type: ignore[misc] # it is not `nothing`
        finally:
            if isinstance(batches, Generator):
                reader.submit(batches.close).result()
