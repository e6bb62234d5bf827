"""The folder of a read model: immutable generation files, and a pointer to the one that stands.

A generation is built beside, made durable, renamed, and only then pointed to; nobody ever writes into a published
file, so that a reader is never broken and never sees half a publish.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.errors import Busy, StorageTrouble
from policytrack.readmodel import source_files
from policytrack.readmodel.folder_lock import WAIT_SECONDS, building_lock
from policytrack.readmodel.generation import (
    POINTER,
    Fingerprint,
    Generation,
    begin_writing,
    read_pointer,
    sync,
    write_pointer,
)
from policytrack.readmodel.read_ahead import read_ahead
from policytrack.readmodel.sql_files import UNTRUSTED, Catalogue

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.building import Building
    from policytrack.readmodel.coordinates import Counted

Head = tuple[int, str]
"""A position, and the digest (hex) of the record there."""
DigestAt = Callable[[int], str | None]
"""The record's digest (hex) at a position; None when there is no such position."""
Batches = Callable[[int], Iterator["pa.Table"]]
"""The events after a position, in order."""
Notes = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Called with the number of events taken and to take."""

REPLAYS_KEPT: Final = 8
"""Replays kept, the last used ones."""


class _Unfit(Exception):  # not an error: why a generation cannot be the start of the next
    pass


def _silent(_: str) -> None:
    """Say nothing."""


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class ReadModelFolder:
    """The `readmodel/` folder of a ledger.

    `reference` holds the reference tables; without `uses_cache` nothing is taken from the user's cache of empty read
    models; `clock` gives the UTC instant, without a zone, that a generation says it was built at; `warn` receives which
    own SQL files are left out, and why. Methods that build raise `Busy` when another process has been building for
    `wait_seconds`, `StorageTrouble` when the disk refuses, `QueryFailed` when a SQL file fails, and `IntegrityTrouble`
    when the events do not follow each other; whatever was published stays.
    """

    def __init__(
        self,
        path: Path,
        catalogue: Catalogue,
        reference: Path,
        *,
        clock: Callable[[], datetime] = _utc_now,
        wait_seconds: float = WAIT_SECONDS,
        uses_cache: bool = True,
        warn: Notes = _silent,
    ) -> None:
        self.path, self.catalogue, self.reference = path, catalogue, reference
        self._uses_cache, self._warn = uses_cache, warn
        self._clock, self._wait_seconds = clock, wait_seconds
        self._let_go = ExitStack()
        weakref.finalize(self, self._let_go.close)
        self.fingerprint = source_files.fingerprint(path, catalogue, reference)

    def current(self) -> Generation | None:
        """The generation that stands; None when there is none, or it is damaged."""
        return read_pointer(self.path)[0]

    def holding(self, head: Head) -> Path | None:
        """The generation that stands, if it holds the record up to the head and no more; nothing is locked or built."""
        current = self.current()
        return current.path if current is not None and self._is_at(current, head) else None

    def catch_up(
        self,
        head: Head,
        digest_at: DigestAt,
        batches: Batches,
        *,
        notes: Notes = _silent,
        progress: Progress | None = None,
    ) -> Path:
        """A generation that holds the record up to the head: the one that stands, or a new one, published.

        One that another process published meanwhile, and that holds more of the same record, will do.
        """
        current = self.current()
        if current is not None and self._is_at(current, head):
            return current.path
        with building_lock(self.path, self._wait_seconds):
            current, damage = read_pointer(self.path)
            if current is not None and (self._is_at(current, head) or self._is_ahead(current, head, digest_at)):
                return current.path
            target = Generation.at(self.path, *head, self.fingerprint)
            with _unfinished(target) as unfinished:
                try:
                    self._continue(current, damage, unfinished, head, digest_at, batches, notes, progress)
                except _Unfit as reason:
                    if str(reason):
                        notes(f"the read model is built again from the first event: {reason}")
                    self._build(unfinished, head, batches, notes, progress)
                return self._publish(unfinished, target, current)

    def rebuild(
        self,
        head: Head,
        batches: Batches,
        digest_at: DigestAt | None = None,
        *,
        notes: Notes = _silent,
        progress: Progress | None = None,
    ) -> Path:
        """Build from the first event and the SQL files, without the cache, and publish; readers keep what is open.

        The generation before stays for readers that are about to open it, but not if `digest_at` shows that it holds
        other events.
        """
        with building_lock(self.path, self._wait_seconds):
            target = Generation.at(self.path, *head, self.fingerprint)
            with _unfinished(target) as unfinished:
                self._build(unfinished, head, batches, notes, progress, uses_cache=False)
                before = self.current()
                if before is not None and digest_at is not None:
                    before = before if before.agrees_with(digest_at(before.position)) else None
                return self._publish(unfinished, target, before)

    def replay(
        self,
        head: Head,
        batches: Callable[[int, int], Iterator[pa.Table]],
        *,
        counted: Counted | None = None,
        notes: Notes = _silent,
        progress: Progress | None = None,
    ) -> Path:
        """A read model of the first events only, up to the head, and nothing of what came later: built once, then kept
        for the next question. `batches` yields the events after one position up to another. With `counted`, only the
        events that it names are folded.
        """
        folder = self.path / "replay"
        made_by = self.fingerprint if counted is None else self.fingerprint.of_counted(counted.key)
        target = Generation.at(folder, *head, made_by)
        if not target.path.exists():
            with building_lock(folder, self._wait_seconds):
                if not target.path.exists():
                    with _unfinished(target) as unfinished:
                        self._build(
                            unfinished, head, lambda after: batches(after, head[0]), notes, progress, counted=counted
                        )
                        self._put_in_place(unfinished, target)
                        self._remove_old(folder, keep=frozenset({target.path}), others=REPLAYS_KEPT - 1)
        with suppress(OSError):  # who may not write there may still read
            os.utime(target.path)
        return target.path

    def discard_current(self) -> None:
        """Discard the current generation and the cached replays: the next question builds from the first event."""
        with building_lock(self.path, self._wait_seconds):
            (self.path / POINTER).unlink(missing_ok=True)
            replays = self.path / "replay"
            for replay in () if replays.is_symlink() else replays.glob("g*.duckdb"):
                replay.unlink(missing_ok=True)

    @staticmethod
    def compare(one: Path, other: Path) -> list[str]:
        """The names of the tables, views and functions that differ between two generations."""
        from policytrack.readmodel.compare import differing

        return differing(one, other)

    def _is_at(self, generation: Generation, head: Head) -> bool:
        return generation == Generation.at(self.path, *head, self.fingerprint)

    def _is_ahead(self, current: Generation, head: Head, digest_at: DigestAt) -> bool:
        ours = Generation.at(self.path, current.position, current.digest, self.fingerprint)
        return current == ours and current.position > head[0] and current.agrees_with(digest_at(current.position))

    def _continue(
        self,
        current: Generation | None,
        damage: str,
        unfinished: Path,
        head: Head,
        digest_at: DigestAt,
        batches: Batches,
        notes: Notes,
        progress: Progress | None,
    ) -> None:
        """Copy what stands and take the events after it. Raises `_Unfit` with the reason when that cannot be."""
        if current is None:
            raise _Unfit(damage)
        if not self.fingerprint.facts.startswith(current.facts):
            raise _Unfit("its SQL files, the reference tables, policytrack or DuckDB changed")
        digest = digest_at(current.position)
        if current.position > head[0] or not current.agrees_with(digest):
            raise _Unfit("it holds another record than the event store")
        import duckdb

        try:
            shutil.copyfile(current.path, unfinished)
            unfinished.chmod(unfinished.stat().st_mode | 0o200)
            begin_writing(unfinished)
            with self._opened(unfinished) as building:
                meta = building.meta()
                if (meta["position"], meta["digest"]) != (current.position, digest):
                    raise _Unfit("it does not hold what its name says")
                has_new_views = not self.fingerprint.views.startswith(current.views)
                self._check_unchanged(views=has_new_views)
                if has_new_views:
                    building.create_views()
                self._fill(building, current.position, head, batches, progress)
            if has_new_views:
                self._create_own_sql(unfinished)
        except (duckdb.Error, IndexError, KeyError) as cause:
            raise _Unfit(f"it is damaged ({(str(cause).splitlines() or [''])[0]})") from cause

    def _build(
        self,
        unfinished: Path,
        head: Head,
        batches: Batches,
        notes: Notes,
        progress: Progress | None,
        *,
        uses_cache: bool = True,
        counted: Counted | None = None,
    ) -> None:
        import duckdb

        from policytrack.readmodel import empty_model

        self._check_unchanged(views=True)
        _remove_unfinished(unfinished.parent)
        try:
            with empty_model.start(
                unfinished, self.catalogue, self.reference, uses_cache=uses_cache and self._uses_cache
            ) as building:
                building.counted = counted
                self._fill(building, 0, head, batches, progress)
            self._create_own_sql(unfinished)
        except duckdb.Error as cause:
            raise StorageTrouble(
                f"the read model could not be built: {str(cause).splitlines()[0]}",
                hint=f"free disk space, or fix the permissions of {self.path}; the events are safe",
            ) from cause

    def _check_unchanged(self, *, views: bool) -> None:
        """Raise `Busy` if the files that are used now have changed since the fingerprint was found."""
        made_by = self.fingerprint
        facts = Fingerprint.of_facts(self.catalogue, self.reference)
        if facts != made_by.facts or (views and self.catalogue.fingerprint != made_by.views):
            raise Busy("the SQL files of policytrack changed while they were read", hint="run the command again")

    def _create_own_sql(self, unfinished: Path) -> None:
        from policytrack.readmodel import own_sql_limits

        for left in own_sql_limits.create(unfinished, self.catalogue):
            if left.reason != UNTRUSTED:  # every command warns of these
                self._warn(str(left))

    def _opened(self, unfinished: Path) -> Building:
        from policytrack.readmodel.building import Building

        return Building(unfinished, self.catalogue)

    def _fill(self, building: Building, after: int, head: Head, batches: Batches, progress: Progress | None) -> None:
        position, digest = head
        if position > after:
            for reached in building.take(read_ahead(batches(after)), after, position):
                if progress is not None:
                    progress(reached - after, position - after)
        building.finish(position, digest, self.fingerprint, self._clock())

    def _publish(self, unfinished: Path, target: Generation, before: Generation | None) -> Path:
        self._put_in_place(unfinished, target)
        write_pointer(self.path, target)
        keep = frozenset({target.path} | ({before.path} if before is not None else set()))
        self._remove_old(self.path, keep=keep, others=0)
        return target.path

    @staticmethod
    def _put_in_place(unfinished: Path, target: Generation) -> None:
        # Never more than the umask allows: the file was made under it.
        unfinished.chmod(unfinished.stat().st_mode & 0o444)
        sync(unfinished)
        target.path.with_name(f"{target.path.name}.wal").unlink(missing_ok=True)
        unfinished.replace(target.path)
        sync(target.path.parent)

    def _remove_old(self, folder: Path, *, keep: frozenset[Path], others: int) -> None:
        """Remove the generations that nobody needs: their names at once, and their space, which takes the system longer
        than the question that waits, when the next are removed or the folder is let go of."""
        old = [path for path in folder.glob("g*.duckdb") if path not in keep and Generation.named(path)]
        old.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        self._let_go.close()
        for path in old[others:]:
            with suppress(FileNotFoundError):
                self._let_go.callback(os.close, os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            path.unlink(missing_ok=True)


@contextmanager
def _unfinished(target: Generation) -> Iterator[Path]:
    """The file to build a generation in. What is left of it, and of a builder that was killed, is removed.

    Only the holder of the lock does this.
    """
    folder = target.path.parent
    _remove_unfinished(folder)
    try:
        yield folder / f".{target.path.stem}.tmp"
    finally:
        _remove_unfinished(folder)


def _remove_unfinished(folder: Path) -> None:
    for path in folder.glob(".*.tmp*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
