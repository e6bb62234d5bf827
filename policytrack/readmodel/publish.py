"""The folder of a read model: immutable generation files, and a pointer to the current one.

A generation is built beside, made durable, renamed, and only then pointed to; nobody ever writes into a published
file, so a reader is never broken and never sees half a publish. The file's name says which part of which record it
holds, so that seeing whether it is current costs no opening.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.errors import Busy, StorageTrouble
from policytrack.readmodel.catalogue import Catalogue

if TYPE_CHECKING:
    import pyarrow as pa

Head = tuple[int, str]
"""A position and the digest (hex) of the record there."""
DigestAt = Callable[[int], str | None]
Batches = Callable[[int], Iterator["pa.Table"]]
Notes = Callable[[str], None]
Progress = Callable[[int, int], None]

WAIT_SECONDS: Final = 30.0
KEPT: Final = 2
"""Generations kept: the current one, and the one before for readers that are just opening it."""
REPLAYS_KEPT: Final = 8
"""Replays kept, the last used ones."""
_NAME: Final = re.compile(r"g(\d+)-([0-9a-f]{16})-([0-9a-f]{16})\.duckdb")


@dataclass(frozen=True, slots=True)
class Generation:
    """A published read model: where it is, and what it holds."""

    path: Path
    position: int
    digest: str
    """First 16 hex digits of the digest of the record at the position."""
    fingerprint: str
    """First 16 hex digits of the fingerprint of the SQL files and of the engine."""


class ReadModelFolder:
    """The `readmodel/` folder of a ledger."""

    def __init__(self, path: Path, catalogue: Catalogue, reference: Path) -> None:
        self.path, self.catalogue, self.reference = path, catalogue, reference
        self.fingerprint = catalogue.fingerprint[:16]

    def current(self) -> Generation | None:
        """The generation that the pointer names, if it is there and fits the SQL files."""
        try:
            name = (self.path / "CURRENT").read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return None
        match = _NAME.fullmatch(name)
        if match is None or not (self.path / name).is_file():
            return None
        return Generation(self.path / name, int(match[1]), match[2], match[3])

    def catch_up(
        self,
        head: Head,
        digest_at: DigestAt,
        batches: Batches,
        *,
        notes: Notes,
        progress: Progress | None = None,
    ) -> Path:
        """A generation that holds the record up to the head: the current one, or a new one, published.

        Raises `Busy` when another process builds for longer than 30 s, `StorageTrouble` when the disk refuses.
        """
        if self._is_current(head):
            return self._current_path()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._build_lock():
                if self._is_current(head):
                    return self._current_path()
                return self._build(head, digest_at, batches, notes, progress)
        except OSError as cause:
            raise StorageTrouble(
                f"the read model cannot be written: {cause.strerror or cause}",
                hint=f"make room or give leave to write in {self.path}; the events are safe",
            ) from cause

    def replay(self, head: Head, batches: Callable[[int, int], Iterator[pa.Table]], *, notes: Notes) -> Path:
        """A read model of the first events only, up to the head: built once, then kept for the next question.

        `batches` yields the events after one position up to another.
        """
        from policytrack.readmodel.building import Building

        folder = self.path / "replay"
        target = folder / f"g{head[0]}-{head[1][:16]}-{self.fingerprint}.duckdb"
        if target.is_file():
            os.utime(target)
            return target
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._build_lock():
                self._sweep(folder)
                temporary = folder / f".building-{os.getpid()}.tmp"
                with Building(temporary, self.catalogue) as building:
                    building.create(self.reference)
                    building.create_own(notes)
                    building.take(batches(0, head[0]), lambda _: None)
                    building.finish(head[1])
                temporary.chmod(0o444)
                _sync(temporary)
                temporary.replace(target)
                self._remove_old(target, REPLAYS_KEPT)
        except OSError as cause:
            raise StorageTrouble(
                f"the replay cannot be written: {cause.strerror or cause}", hint=f"make room in {folder}"
            ) from cause
        return target

    def discard_current(self) -> None:
        """Forget the current generation, so that the next catch-up builds from the first event."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / "CURRENT").unlink()

    def compare(self, one: Path, other: Path) -> list[str]:
        """The names of the tables whose rows differ between two read models."""
        from policytrack.readmodel.comparing import differing_tables

        return differing_tables(one, other)

    def _is_current(self, head: Head) -> bool:
        current = self.current()
        return (
            current is not None
            and (current.position, current.digest) == (head[0], head[1][:16])
            and current.fingerprint == self.fingerprint
        )

    def _current_path(self) -> Path:
        current = self.current()
        if current is None:  # another process swept it since: its successor is there, or the next command builds one
            raise Busy("the read model is just being replaced", hint="try again")
        return current.path

    def _build(
        self, head: Head, digest_at: DigestAt, batches: Batches, notes: Notes, progress: Progress | None
    ) -> Path:
        from policytrack.readmodel.building import Building
        from policytrack.readmodel.session import is_sound

        self._sweep(self.path)
        temporary = self.path / f".building-{os.getpid()}.tmp"
        current = self.current()
        start = 0
        if current is not None:
            reason = self._unfit(current, head, digest_at)
            if reason is None and not is_sound(current.path, current.position):
                reason = "it is damaged"
            if reason is None:
                start = current.position
                shutil.copyfile(current.path, temporary)
            else:
                notes(f"the read model is built again: {reason}")
        try:
            with Building(temporary, self.catalogue) as building:
                if start == 0:
                    building.create(self.reference)
                    building.create_own(notes)
                building.take(batches(start), lambda done: progress(done, head[0]) if progress else None)
                position = building.position()
                # Events that came while we built are taken too: the name says what is really in the file.
                digest = head[1] if position == head[0] else digest_at(position) or ""
                building.finish(digest)
            return self._publish(temporary, position, digest)
        finally:
            for left in (temporary, temporary.with_name(temporary.name + ".wal")):
                left.unlink(missing_ok=True)

    def _unfit(self, current: Generation, head: Head, digest_at: DigestAt) -> str | None:
        """Why the current generation cannot be the start of the next; None when it can."""
        if current.fingerprint != self.fingerprint:
            return "its SQL files changed"
        if current.position > head[0]:
            return "it holds more than the event store"
        if (digest_at(current.position) or "")[:16] != current.digest:
            return "it holds another record"
        return None

    def _publish(self, temporary: Path, position: int, digest: str) -> Path:
        target = self.path / f"g{position}-{digest[:16]}-{self.fingerprint}.duckdb"
        temporary.chmod(0o444)
        _sync(temporary)
        temporary.replace(target)
        _sync(self.path)
        pointer = self.path / f".CURRENT-{os.getpid()}.tmp"
        pointer.write_text(target.name + "\n", encoding="utf-8")
        _sync(pointer)
        pointer.replace(self.path / "CURRENT")
        _sync(self.path)
        self._remove_old(target)
        return target

    def _remove_old(self, current: Path, kept: int = KEPT) -> None:
        generations = [path for path in current.parent.iterdir() if _NAME.fullmatch(path.name) and path != current]
        generations.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in generations[kept - 1 :]:
            path.unlink(missing_ok=True)

    def _sweep(self, folder: Path) -> None:
        """Remove what a killed builder left. Only the holder of the build lock does this."""
        for path in folder.glob(".*.tmp*"):
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _build_lock(self) -> Iterator[None]:
        with (self.path / ".lock").open("a") as lock:
            deadline = time.monotonic() + WAIT_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Busy(
                            "another process has been building the read model for 30 s", hint="try again"
                        ) from None
                    time.sleep(0.02)
            yield


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
