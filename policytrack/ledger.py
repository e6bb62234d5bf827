"""Opens a ledger on disk: the event store, the read model beside it, and the user's own views and queries.

Only the event store is authoritative. The read model is derived from it: it catches up before every query, and is
rebuilt when it does not agree with the event store or with the SQL files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from policytrack import resources
from policytrack.cache_folders import cache_folder, may_write, other_owner, unusable_in
from policytrack.errors import (
    IntegrityTrouble,
    NotFound,
    PolicytrackError,
    ServerUnreachable,
    StorageTrouble,
    UsageError,
)
from policytrack.ledger_settings import READ_MODEL, SEALS, SETTINGS, WATCH, first_settings, read_settings
from policytrack.store.anchor import HEAD_FILE, LEDGER_STORE, read_anchor
from policytrack.store.opening import store_of
from policytrack.trust import MADE, OPENED, Trust
from policytrack.unfinished import remove_left_behind

if TYPE_CHECKING:
    from datetime import date
    from typing import Unpack
    from uuid import UUID

    import pyarrow as pa

    from policytrack.application import Outcome, PolicyTrack, RecordEvents
    from policytrack.errors import LocateField
    from policytrack.events import Event
    from policytrack.importing.bulk.record import Imported
    from policytrack.importing.bulk.spool import Spool
    from policytrack.importing.read import Options
    from policytrack.importing.read_rows import Files
    from policytrack.questions.own_sql import OwnSql
    from policytrack.readmodel.coordinates import Coordinates, Counted
    from policytrack.readmodel.folder import ReadModelFolder
    from policytrack.readmodel.session import Session
    from policytrack.store.digest import Stored
    from policytrack.store.writing import LedgerRecorder

BATCH: Final = 100_000
"""Events per batch of a catch-up: DuckDB is slow on smaller batches, and a larger one needs more memory."""

Progress = Callable[[int, int], None]


class Ledger:
    """The folder of a ledger. Open one with `find`, make one with `create`."""

    def __init__(self, root: Path, address: str | None = None) -> None:
        """Open a ledger. `address` is that of its event store on a server; None for the file in the folder."""
        self.root = root
        self.store = store_of(root, address)
        self.projections = root / "projections"
        self.queries = root / "queries"
        self.warnings: list[str] = []
        self._open: PolicyTrack | None = None
        self.clock_doubt: str | None = None
        """Why the clock is probably wrong, as checked when `application` was last opened; None when it seems right."""
        self.trust = Trust(root / SETTINGS)
        """What of the ledger this user trusts. A copy of it, for a preview, has that of the original."""
        self._distrusts_published = False
        self.warn: Callable[[str], None] = lambda _: None
        """Receives warnings about the ledger's own SQL when a read model is built."""

    @classmethod
    def create(cls, root: Path, *, is_temporary: bool = False, address: str | None = None) -> Ledger:
        """Create a ledger in a folder that is missing or has no ledger.

        The settings file is written last and atomically: a folder without it, or with an empty one, was left by a
        killed `create` and is completed. An existing event store in it, or on the server at `address`, is used. The
        ledger is remembered as made by this user, unless it is temporary, or there are SQL files or a read model in the
        folder: a stranger may have sent these.

        Raises `UsageError` if the folder is already a ledger, or if its path has a character that DuckDB cannot open;
        `StorageTrouble` if it cannot be created or written; and what opening an event store raises if `events.db` is
        another file.
        """
        from policytrack.durable_files import replace_file

        if unusable := unusable_in(root.resolve()):
            raise UsageError(
                f"the path of {root.resolve()} has {unusable}, and DuckDB cannot open files in such a folder",
                hint="choose a folder without it in its path",
            )
        settings = root / SETTINGS
        try:
            if settings.is_file() and settings.read_bytes().strip():
                raise UsageError(f"{root} is already a ledger", hint="choose another folder")
            root.mkdir(parents=True, exist_ok=True)
            ledger = cls(root, address)
            is_foreign = bool(ledger.own_sql.files()) or ledger._has_read_model()
            if ledger.store.exists():
                remove_left_behind(root, LEDGER_STORE)
                ledger.store.head()
            else:
                ledger.store.create()
            (ledger.projections / "checks").mkdir(parents=True, exist_ok=True)
            ledger.queries.mkdir(exist_ok=True)
            (root / READ_MODEL).mkdir(exist_ok=True)
            replace_file(settings, first_settings(address).encode())
            if is_temporary:
                ledger.trust.assume_made()
            else:
                if address is not None:
                    ledger.trust.choose(address)
                if not is_foreign:
                    ledger.trust.remember(MADE)
        except OSError as cause:
            raise StorageTrouble(
                f"cannot create a ledger in {root}: {cause.strerror}",
                hint="choose a folder that you can write to, with a shorter name if it is too long",
            ) from cause
        return ledger

    @classmethod
    def find(cls, start: Path, *, trusts_server: bool = False) -> Ledger:
        """Return the ledger in this folder or the nearest one above it.

        `trusts_server`: the user chose the server that its settings name; this is remembered.

        Raises `NotFound` without one, `UsageError` if DuckDB cannot open files at its path, and `IntegrityTrouble` or
        `StorageTrouble` if its settings cannot be read.
        """
        start = start.resolve()
        for folder in (start, *start.parents):
            settings = folder / SETTINGS
            if settings.is_file():
                if unusable := unusable_in(folder):
                    raise UsageError(
                        f"the path of {folder} has {unusable}, and DuckDB cannot open files in such a folder",
                        hint="rename the folder; the ledger in it is complete and needs no other change",
                    )
                if folder != start and (owner := other_owner(settings, folder)) is not None:
                    raise UsageError(
                        f"the ledger {folder} above {start} belongs to another user (uid {owner})",
                        hint=f"if you trust its owner, choose it with -C {folder}",
                    )
                return cls._opened(folder, read_settings(settings), trusts_server)
        raise NotFound(
            f"no ledger in {start} or above it",
            hint="create one with `policytrack init DIR`, or choose one with -C DIR",
        )

    @classmethod
    def _opened(cls, folder: Path, address: str | None, trusts_server: bool) -> Ledger:
        """Return the ledger in a folder. Raises `UsageError` for a server that this user has not chosen.

        A stranger's ledger could otherwise make this user log in at any server.
        """
        _refuse_links(folder)
        ledger = cls(folder, address)
        if address is not None and not (ledger.trust.kind or ledger.trust.has_chosen(address)):
            if not trusts_server:
                raise UsageError(
                    f"the ledger {folder} has its events on a server that you have not chosen: {ledger.store.name}",
                    hint="if you know the server, run any command once with --trust, which also trusts its SQL files",
                )
            ledger.trust.choose(address)
        return ledger

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep one connection to the event store open in the context; close and checkpoint it at the end."""
        return self.store.kept_open()

    @contextmanager
    def application(self) -> Iterator[PolicyTrack]:
        """Open the event-sourced application of the event store; close and checkpoint it afterwards.

        Within an outer context of this method, it is the application that is open there.

        Raises `IntegrityTrouble` if the event store was rolled back behind the read model.
        """
        from policytrack.application import PolicyTrack
        from policytrack.decide.state import region_sets

        if self._open is not None:
            yield self._open
            return
        self.warnings = []
        self._open = application = PolicyTrack(
            self.store, resources.activity_units(), region_sets(resources.reference_table("region_sets"))
        )
        try:
            self.check_not_rolled_back()
            self.clock_doubt = application.clock_doubt()
            yield application
        finally:
            self._open = None
            application.close()
            try:
                self.store.settle()
            except PolicytrackError as trouble:  # a warning: the appended events are safe
                self.warnings.append(f"{trouble.what}; {trouble.hint}")

    def record(
        self,
        events: Sequence[Event],
        *,
        dry_run: bool = False,
        places: Mapping[UUID, LocateField] | None = None,
        renews: bool = True,
    ) -> list[Outcome]:
        """Record events in one transaction, as `PolicyTrack.record` does. `warnings` has the warnings afterwards."""
        with self.application() as application:
            outcomes = application.record(events, dry_run=dry_run, places=places, renews=renews)
            self.warnings += application.warnings()
        return outcomes

    def record_decided(self, decision: RecordEvents) -> list[str]:
        """Append the events of a decision made on the ledger of which this is a copy; return their types."""
        with self.application() as application:
            application.append_decided(decision)
        return sorted({event.TOPIC for event in decision.events})

    def read_files(self, files: Files, *, today: date, **how: Unpack[Options]) -> Spool:
        """Read and validate the events of files of any size, in bounded memory. The caller closes the spool.

        See `policytrack.importing.read.read_files` for the options and for what it raises.
        """
        from policytrack.importing.read import read_files

        with self.application() as application, application.own_units():
            return read_files(files, self.root, today=today, known_on_of=application.known_on, **how)

    def record_drafts(
        self,
        spool: Spool,
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        known_by: date | None = None,
        allow_later: bool = False,
    ) -> Imported:
        """Record the drafts of files in one transaction; `dry_run` rolls it back at the end.

        Events with a `known_on` after `known_by` are refused, or with `allow_later` only counted. If the files have
        errors, the valid events are decided all the same, to report every error at once; nothing is recorded.

        Raises `RejectedImport` with every error of the files and every refusal, in the order of the files, and what
        `record` raises.
        """
        from policytrack.errors import RejectedImport

        if spool.is_cut_short:
            spool.raise_findings()
        with self.application() as application:
            try:
                imported = application.record_drafts(
                    spool,
                    dry_run=dry_run or bool(spool.findings),
                    progress=progress,
                    known_by=known_by,
                    allow_later=allow_later,
                )
            except RejectedImport as rejected:
                spool.raise_findings(rejected.findings)
                raise
            self.warnings += application.warnings()
        spool.raise_findings()
        return imported

    def import_files(
        self,
        files: Files,
        *,
        today: date,
        dry_run: bool = False,
        recording: Progress | None = None,
        **how: Unpack[Options],
    ) -> Imported:
        """Import the events of files in one transaction: `read_files`, then `record_drafts`."""
        with self.read_files(files, today=today, **how) as spool:
            return self.record_drafts(spool, dry_run=dry_run, progress=recording)

    def append_stored(self, pages: Iterable[list[Stored]], name: str, *, progress: Callable[[int], None]) -> int:
        """Append the events of another event store that this one is a beginning of, with their instants and digests.

        Returns the number of new events. See `policytrack.store.copying.append_stored` for what it raises.
        """
        from policytrack.store.copying import append_stored

        with self.application() as application:
            recorder = cast("LedgerRecorder", application.recorder)
            return append_stored(self.store, recorder, pages, name=name, reached=progress)

    def batches(self, after: int, upto: int | None = None) -> Iterator[pa.Table]:
        """Yield the stored events after a position as Arrow tables, upcast to the current schemas."""
        from policytrack.store.upcasts import upcast_batch

        # The first batch is smaller: DuckDB starts on it while the next one is read.
        for batch in self.store.arrow_batches(after, BATCH, upto, first=BATCH // 8):
            yield upcast_batch(batch)

    def events_at(self, positions: Sequence[int]) -> dict[int, Event]:
        """Return the events at some positions, by position, upcast to the current schemas."""
        from policytrack.events import EVENT_TYPES
        from policytrack.store.upcasts import upcast_batch, valid_event

        rows = upcast_batch(self.store.arrow_rows(positions))
        return {
            position: valid_event(EVENT_TYPES[type_], data, f"e{position}")
            for position, type_, data in zip(
                *(rows[name].to_pylist() for name in ("position", "type", "data")), strict=True
            )
        }

    def lines(self, upto: int | None = None) -> Iterator[str]:
        """Yield all events as JSON Lines, byte for byte as stored, up to a position (None: the head).

        Importing them into an empty ledger gives the same ledger.
        """
        from policytrack.exporting import export_lines

        self.check_not_rolled_back()
        for batch in self.store.arrow_batches(0, BATCH, upto):
            yield from export_lines(
                zip(*(batch[name].to_pylist() for name in ("position", "data", "recorded_at")), strict=True)
            )

    @cached_property
    def own_sql(self) -> OwnSql:
        """The ledger's own SQL files. A copy of a ledger, for a preview, has those of the original."""
        from policytrack.questions.own_sql import OwnSql

        return OwnSql(self.root, resources.PROJECTIONS, self.trust)

    @cached_property
    def read_model(self) -> ReadModelFolder:
        """The folder of the read model, with the SQL of `projections/` and of the user's own views."""
        return self._read_model_in(self.root / READ_MODEL)

    def _read_model_in(self, folder: Path, *, uses_cache: bool = True, warns: bool = True) -> ReadModelFolder:
        from policytrack.readmodel.folder import ReadModelFolder

        warn = (lambda text: self.warn(text)) if warns else lambda _: None
        reference = resources.EVENTS / "reference"
        return ReadModelFolder(folder, self.own_sql.catalogue, reference, uses_cache=uses_cache, warn=warn)

    def _has_read_model(self) -> bool:
        folder = self.root / READ_MODEL
        return any(True for _ in folder.rglob("*.duckdb")) or (folder / "CURRENT").exists()

    def view_names(self) -> list[str]:
        """Return the names of the public views, with the user's own."""
        return self.read_model.catalogue.view_names

    def generation(self, *, notes: Callable[[str], None], progress: Progress | None = None) -> Path:
        """Return the file of a read model with every event of the event store; catch up or rebuild it first if needed.

        `notes` receives messages for the user. Raises what `check_not_rolled_back` raises. If the server of the event
        store cannot be reached, returns the last one that was built, and warns of its age.
        """
        try:
            self._leave_foreign_read_model(notes)
            self.check_not_rolled_back()
            top = self.store.head()
        except ServerUnreachable as trouble:
            return self._last_generation(trouble)
        published = self.read_model.holding((top.position, top.digest_hex))
        if published is not None and not self._distrusts_published:
            return published
        return self._building_folder(notes).catch_up(
            (top.position, top.digest_hex),
            self.store.digest_at,
            self.batches,
            notes=notes,
            progress=progress,
        )

    def _last_generation(self, trouble: ServerUnreachable) -> Path:
        """Return the last read model of this user, and warn of its age. Raises `trouble` if there is none, or if it was
        built with other SQL files than the present ones.
        """
        from policytrack.readmodel.generation import Generation

        current = self.read_model.current() if self.trust.kind and not self._distrusts_published else None
        if current is None or current != Generation.at(
            current.path.parent, current.position, current.digest, self.read_model.fingerprint
        ):
            raise trouble
        built = datetime.fromtimestamp(current.path.stat().st_mtime, UTC)
        self.warn(
            f"{trouble.what}. The figures are of the events up to e{current.position}, as this folder had them on"
            f" {built:%Y-%m-%d at %H:%M} UTC ({_age(datetime.now(UTC) - built)} ago); later events are missing"
        )
        return current.path

    def check_not_rolled_back(self) -> None:
        """Raise `IntegrityTrouble` if the read model or a seal knows events that the event store does not have.

        An older `events.db` restored together with its `ledger.head` passes every check of the event store. Only a
        file of the read model, or a seal, shows that later events existed. `rebuild` accepts the event store as it is.
        """
        from policytrack.readmodel.generation import generations, read_pointer

        self._check_newest_seal()
        # Not by `self.read_model`, which reads all SQL files: every recording runs this check. A file that is not
        # published counts too: `CURRENT` may be as old as the event store.
        read_pointer(self.root / READ_MODEL)  # raises when it cannot be read
        known = generations(self.root / READ_MODEL)
        other = next((one for one in known if not one.agrees_with(self.store.digest_at(one.position))), None)
        if other is None:
            return
        last = self.store.head().position
        what = (
            f"the event store ends at e{last}, but the read model was built from events up to e{other.position}:"
            " an older event store was restored, or events are lost"
            if other.position > last
            else f"e{other.position} in the event store is not the event from which the read model was built:"
            " the event store was replaced or changed"
        )
        newest = "restore the newest events.db and ledger.head" if self.store.files() else "ask who runs the server"
        hint = f"{newest}; if the event store is right: policytrack rebuild"
        raise IntegrityTrouble(what, hint=hint)

    def _check_newest_seal(self) -> None:
        """Raise `IntegrityTrouble` if the newest seal is of a head that the event store does not have."""
        if (self.root / "seals").is_dir():  # most ledgers have none, and do not wait for the import
            from policytrack.seals.in_ledger import check_not_rolled_back

            check_not_rolled_back(self.root, self.store)

    def replay(self, position: int, *, notes: Callable[[str], None], counted: Counted | None = None) -> Path:
        """Return the file of a read model with exactly the events up to a position, built by replay if not cached.

        With `counted`, only these are folded. Raises `NotFound`, and what `check_not_rolled_back` raises.
        """
        self.check_not_rolled_back()
        self._leave_foreign_read_model(notes)
        top = self.store.head().position
        digest = self.store.digest_at(position) if 0 <= position <= top else None
        if digest is None:
            raise NotFound(f"there is no event e{position}; the last is e{top}", hint=f"use --head e{top} or less")
        return self._building_folder(notes).replay((position, digest), self.batches, counted=counted, notes=notes)

    def _building_folder(self, notes: Callable[[str], None]) -> ReadModelFolder:
        """Return the folder to build a read model in: the ledger's, or the user's cache if the ledger is read-only."""
        if may_write(self.read_model.path) and not self._distrusts_published:
            return self.read_model
        elsewhere = cache_folder(self.root)
        reason = "came with a read model" if may_write(self.read_model.path) else "is read-only"
        notes(f"{self.root} {reason}; its read model is cached in {elsewhere}")
        return self._read_model_in(elsewhere)

    def _leave_foreign_read_model(self, notes: Callable[[str], None]) -> None:
        """Discard a read model that this user did not build: any SQL may be in it, and any figure.

        If that cannot be remembered, it is not used, and the read model is built in the cache.
        """
        if self.trust.kind or self._distrusts_published:
            return
        self.check_not_rolled_back()
        is_foreign = self._has_read_model()
        if may_write(self.root / READ_MODEL) and self.trust.remember(OPENED):
            if is_foreign:
                self.read_model.discard_current()
                notes("the read model came with the ledger; it is built again from the events")
        else:
            self._distrusts_published = True

    def distrust_read_model(self) -> None:
        """Discard the published read model, since it is damaged: the next query rebuilds it."""
        if may_write(self.read_model.path):
            self.read_model.discard_current()
        else:
            self._distrusts_published = True

    def is_without_anchor(self) -> bool:
        """Return whether `ledger.head` is missing: without it, the loss of the last events is not detected."""
        return not self.store.head_file.exists() and self.store.exists() and self.store.head().position > 0

    def position_at(self, instant: datetime) -> int:
        """Return the position of the last event recorded by an instant (UTC); 0 before the first event."""
        return self.store.position_at(instant)

    def rebuild(self, *, notes: Callable[[str], None], progress: Progress | None = None) -> Path:
        """Build the read model from the first event and publish it. Queries use the current one until then."""
        top = self.store.head()
        building = self._building_folder(notes)
        head = (top.position, top.digest_hex)
        return building.rebuild(head, self.batches, self.store.digest_at, notes=notes, progress=progress)

    def fresh_read_model(self, folder: Path, *, progress: Progress | None = None) -> Path:
        """Build a read model from the first event in another folder, without the cache, and return its file."""
        top = self.store.head()
        return self._read_model_in(folder, uses_cache=False, warns=False).catch_up(
            (top.position, top.digest_hex),
            self.store.digest_at,
            self.batches,
            notes=lambda _: None,
            progress=progress,
        )

    @contextmanager
    def ask(
        self, coordinates: Coordinates, *, notes: Callable[[str], None], progress: Progress | None = None
    ) -> Iterator[Session]:
        """Open a session on the read model at these coordinates, caught up."""
        from policytrack.readmodel.session import Session

        with Session(self.file_at(coordinates, notes=notes, progress=progress), coordinates) as session:
            yield session

    def head_of_file(self, path: Path) -> tuple[int, str]:
        """Return the position and digest (hex) of the last event in a file that `file_at` returned.

        If the server of the event store cannot be reached, the digest is that of the last head which this user saw.
        """
        from policytrack.readmodel.generation import Generation

        generation = Generation.named(path)
        if generation is None:
            raise ValueError(f"{path} is not a file of a read model")
        try:
            digest = self.store.digest_at(generation.position)
        except ServerUnreachable:
            position, last = read_anchor(self.store.head_file) or (0, b"")
            if position != generation.position or not generation.agrees_with(last.hex()):
                raise
            digest = last.hex()
        return generation.position, digest or ""

    def file_at(
        self, coordinates: Coordinates, *, notes: Callable[[str], None], progress: Progress | None = None
    ) -> Path:
        """Return the file for queries at these coordinates: the current read model, or a replay up to their head."""
        head, counted = coordinates.head, coordinates.counted()
        if head is None and counted is None:
            return self.generation(notes=notes, progress=progress)
        return self.replay(self.store.head().position if head is None else head, notes=notes, counted=counted)


def _age(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    return (
        f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2_880 else f"{minutes // 1_440} days"
    )


def _refuse_links(folder: Path) -> None:
    """Raise `StorageTrouble` if what commands write to in a ledger is a link: it may lead to any file of this user."""
    for name in (LEDGER_STORE, HEAD_FILE, SEALS, WATCH):
        if (folder / name).is_symlink():
            raise StorageTrouble(
                f"{folder / name} is a link: its target would be written to",
                hint="put the file or folder itself in its place; to store a ledger elsewhere, move its whole folder",
            )
