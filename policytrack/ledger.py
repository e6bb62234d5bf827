"""A ledger on disk: the event store, the read model beside it, and the user's own views and queries.

The event store is the truth; the read model is derived from it, catches up before every answer, and is rebuilt
whenever it does not fit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack import resources
from policytrack.cache_folders import cache_folder, may_write, unusable_in
from policytrack.errors import (
    IntegrityTrouble,
    NotFound,
    Place,
    PolicytrackError,
    StorageTrouble,
    UsageError,
    shortened,
)
from policytrack.input_files import read_input
from policytrack.unfinished import remove_left_behind

if TYPE_CHECKING:
    from datetime import date, datetime
    from typing import Unpack
    from uuid import UUID

    import pyarrow as pa

    from policytrack.application import Outcome, PolicyTrack
    from policytrack.errors import LocateField
    from policytrack.events import Event
    from policytrack.importing.bulk.record import Imported
    from policytrack.importing.bulk.spool import Spool
    from policytrack.importing.read import Options
    from policytrack.importing.read_rows import Files
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.folder import ReadModelFolder
    from policytrack.readmodel.session import Session

SETTINGS: Final = "policytrack.toml"
_SETTINGS_TEXT: Final = """\
# A policytrack ledger. The events are in events.db; readmodel/ is derived and may be deleted.
# Own views go into projections/, own checks into projections/checks/, named queries into queries/.
format = 1
"""
_SETTINGS_KEYS: Final = frozenset({"format"})
_LARGEST_SETTINGS: Final = 1 << 20
"""Bytes of the settings."""
BATCH: Final = 100_000
"""Events per batch of a catch-up: large enough for DuckDB, small enough for memory."""

Progress = Callable[[int, int], None]


class Ledger:
    """The folder of a ledger. Open one with `find`, make one with `create`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = root / "events.db"
        self.projections = root / "projections"
        self.queries = root / "queries"
        self.warnings: list[str] = []
        self.clock_doubt: str | None = None
        """Why the clock is probably wrong, as the last application found it when it was opened."""
        self._distrusts_published = False

    @classmethod
    def create(cls, root: Path) -> Ledger:
        """Make a new, empty ledger in a folder that is missing, empty, or without one.

        The settings are written last, whole or not at all: a folder without them, or with empty ones, is what a killed
        `create` left, and is completed. An event store in it is used as it is. Raises `UsageError` when there is a
        ledger already, or when the path has a character that DuckDB cannot open; `StorageTrouble` when the folder
        cannot be made or written; and what opening a store raises when `events.db` is not one.
        """
        from policytrack.store.files import create_store, replace_file
        from policytrack.store.reading import head

        if unusable := unusable_in(root.resolve()):
            raise UsageError(
                f"the folder {root.resolve()} has {unusable} in its name, and DuckDB cannot open a file in it",
                hint="choose a folder without it in its path",
            )
        settings = root / SETTINGS
        try:
            if settings.is_file() and settings.read_bytes().strip():
                raise UsageError(f"{root} is a ledger already", hint="choose another folder")
            root.mkdir(parents=True, exist_ok=True)
            ledger = cls(root)
            if ledger.store.exists():
                remove_left_behind(root, ledger.store.name)
                head(ledger.store)
            else:
                create_store(ledger.store)
            (ledger.projections / "checks").mkdir(parents=True, exist_ok=True)
            ledger.queries.mkdir(exist_ok=True)
            (root / "readmodel").mkdir(exist_ok=True)
            replace_file(settings, _SETTINGS_TEXT.encode())
        except OSError as cause:
            raise StorageTrouble(
                f"cannot make a ledger in {root}: {cause.strerror}",
                hint="choose a folder in which you can write, with a shorter name if it is too long",
            ) from cause
        return ledger

    @classmethod
    def find(cls, start: Path) -> Ledger:
        """The ledger in this folder or the nearest one above it.

        Raises `NotFound` when there is none, `IntegrityTrouble` when its settings cannot be read.
        """
        start = start.resolve()
        for folder in (start, *start.parents):
            settings = folder / SETTINGS
            if settings.is_file():
                if unusable := unusable_in(folder):
                    raise UsageError(
                        f"the folder {folder} has {unusable} in its name, and DuckDB cannot open a file in it",
                        hint="rename the folder; the ledger in it is complete and needs no other change",
                    )
                cls._check_settings(settings)
                return cls(folder)
        raise NotFound(
            f"no ledger in {start} or above it",
            hint="make one with `policytrack init DIR`, or name one with -C DIR",
        )

    @staticmethod
    def _check_settings(settings: Path) -> None:
        try:
            text = read_input(settings, _LARGEST_SETTINGS).decode()
            found = tomllib.loads(text)
        except OSError as cause:
            raise StorageTrouble(
                f"{settings} cannot be read: {cause.strerror}", hint="check the permissions of the file and its folder"
            ) from cause
        except (ValueError, RecursionError) as cause:  # not TOML, not UTF-8, or numbers or lists beyond all measure
            raise IntegrityTrouble(
                f"{settings} cannot be read: {cause}",
                hint='write the file as `policytrack init` does, with the line "format = 1"',
            ) from cause
        if found.get("format") != 1:
            raise IntegrityTrouble(
                f"{settings} is of format {found.get('format')}; this policytrack knows format 1",
                hint="upgrade policytrack",
            )
        for key in found.keys() - _SETTINGS_KEYS:
            from policytrack.values.ids import near_matches

            close = near_matches(key, _SETTINGS_KEYS)
            raise IntegrityTrouble(
                f"there is no setting {shortened(key)!r}",
                place=Place(str(settings), _line_of(key, text)),
                hint=f"did you mean {close[0]}?" if close else f"the settings are: {', '.join(sorted(_SETTINGS_KEYS))}",
            )

    @contextmanager
    def application(self) -> Iterator[PolicyTrack]:
        """The event-sourced application over the store, closed and checkpointed afterwards."""
        from policytrack.application import PolicyTrack
        from policytrack.decide.state import region_sets
        from policytrack.store.files import checkpoint

        self.check_not_rolled_back()
        self.warnings = []
        application = PolicyTrack(
            self.store, resources.activity_units(), region_sets(resources.reference_table("region_sets"))
        )
        try:
            self.clock_doubt = application.clock_doubt()
            yield application
        finally:
            application.close()
            try:
                checkpoint(self.store)
            except PolicytrackError as trouble:  # what was appended is in the log: an error would say the opposite
                self.warnings.append(f"{trouble.what}; {trouble.hint}")

    def record(
        self,
        events: Sequence[Event],
        *,
        dry_run: bool = False,
        places: Mapping[UUID, LocateField] | None = None,
        renews: bool = True,
    ) -> list[Outcome]:
        """Record events together, or none of them; see `PolicyTrack.record` for what it raises.

        `places` says where in the input each event stands, for the messages. What was odd is in `warnings` afterwards.
        """
        with self.application() as application:
            outcomes = application.record(events, dry_run=dry_run, places=places, renews=renews)
            self.warnings += application.warnings()
        return outcomes

    def read_files(self, files: Files, *, today: date, **how: Unpack[Options]) -> Spool:
        """Reads and validates the events of files of any size, in bounded memory; the caller closes the spool.

        See `policytrack.importing.read.read_files` for the options and for what it raises.
        """
        from policytrack.importing.read import read_files

        with self.application() as application:
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
        """Records what was read from files together, or none of it; `dry_run` rolls back at the end.

        Events known only after `known_by` are refused, or with `allow_later` counted.

        Raises `RejectedImport` with every finding of the files and every refusal of what is sound in them, in the
        order of the files, and what `record` raises.
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
        """Records the events of files together, or none of them: `read_files`, then `record_drafts`."""
        with self.read_files(files, today=today, **how) as spool:
            return self.record_drafts(spool, dry_run=dry_run, progress=recording)

    def batches(self, after: int, upto: int | None = None) -> Iterator[pa.Table]:
        """The stored events after a position, as Arrow tables in the shape of today's schemas."""
        from policytrack.store.reading import arrow_batches
        from policytrack.store.upcasts import upcast_batch

        # Small ones first: what takes them has not long to wait, and the next is read meanwhile.
        for batch in arrow_batches(self.store, after, BATCH, upto, first=BATCH // 8):
            yield upcast_batch(batch)

    def events_at(self, positions: Sequence[int]) -> dict[int, Event]:
        """The events at some positions, by position, in the shape of today's schemas."""
        from policytrack.events import EVENT_TYPES
        from policytrack.store.reading import arrow_rows
        from policytrack.store.upcasts import upcast_batch

        rows = upcast_batch(arrow_rows(self.store, positions))
        return {
            position: EVENT_TYPES[type_].model_validate_json(data)
            for position, type_, data in zip(
                *(rows[name].to_pylist() for name in ("position", "type", "data")), strict=True
            )
        }

    def lines(self, upto: int | None = None) -> Iterator[str]:
        """The record as JSON Lines, byte for byte as stored, up to a position (None: the head).

        Read page by page; imported into an empty ledger they make the same record again.
        """
        from policytrack.exporting import export_lines
        from policytrack.store.reading import arrow_batches

        for batch in arrow_batches(self.store, 0, BATCH, upto):
            yield from export_lines(
                zip(*(batch[name].to_pylist() for name in ("position", "data", "recorded_at")), strict=True)
            )

    @cached_property
    def read_model(self) -> ReadModelFolder:
        """The read model's folder: `projections/` of policytrack, and the user's own views."""
        from policytrack.readmodel.folder import ReadModelFolder
        from policytrack.readmodel.sql_files import Catalogue

        catalogue = Catalogue.load(resources.PROJECTIONS, self.projections)
        return ReadModelFolder(self.root / "readmodel", catalogue, resources.EVENTS / "reference")

    def view_names(self) -> list[str]:
        """The names of the public views, the user's own among them."""
        return self.read_model.catalogue.view_names

    def generation(self, *, notes: Callable[[str], None], progress: Progress | None = None) -> Path:
        """The file of a read model that holds every event of the store, caught up or rebuilt if need be."""
        from policytrack.store.reading import digest_at, head

        top = head(self.store)
        published = self.read_model.holding((top.position, top.digest_hex))
        if published is not None and not self._distrusts_published:
            return published
        self.check_not_rolled_back()
        return self._building_folder(notes).catch_up(
            (top.position, top.digest_hex),
            lambda position: digest_at(self.store, position),
            self.batches,
            notes=notes,
            progress=progress,
        )

    def check_not_rolled_back(self) -> None:
        """Raise `IntegrityTrouble` when the read model was built from events that the store does not hold.

        An older store put back together with its `ledger.head` opens as if it were whole; the read model is what still
        knows more. `rebuild` accepts the store as it is.
        """
        from policytrack.readmodel.generation import read_pointer
        from policytrack.store.reading import digest_at, head

        # Not by `read_model`, which reads all SQL files: every recording asks this.
        current, _ = read_pointer(self.root / "readmodel")
        if current is None or current.agrees_with(digest_at(self.store, current.position)):
            return
        last = head(self.store).position
        what = (
            f"the event store ends at e{last}, but the read model was built from events up to e{current.position}:"
            " an older store was put back, or events are lost"
            if current.position > last
            else f"e{current.position} in the event store is not the event from which the read model was built:"
            " the store was replaced or changed"
        )
        hint = "restore the newest events.db and ledger.head; if the store is right as it is: policytrack rebuild"
        raise IntegrityTrouble(what, hint=hint)

    def replay(self, position: int, *, notes: Callable[[str], None]) -> Path:
        """The file of a read model that holds exactly the first events, up to the position.

        Raises `NotFound` when the ledger is not that long.
        """
        from policytrack.store.reading import digest_at, head

        top = head(self.store).position
        digest = digest_at(self.store, position) if 0 <= position <= top else None
        if digest is None:
            raise NotFound(f"there is no event e{position}; the last is e{top}", hint="give --head up to that")
        return self._building_folder(notes).replay((position, digest), self.batches, notes=notes)

    def _building_folder(self, notes: Callable[[str], None]) -> ReadModelFolder:
        """Where a read model is built: in the ledger or, where nothing can be written, in the user's cache."""
        if may_write(self.read_model.path):
            return self.read_model
        from policytrack.readmodel.folder import ReadModelFolder

        elsewhere = cache_folder(self.root)
        notes(f"nothing can be written in {self.root}; its read model is kept in {elsewhere}")
        return ReadModelFolder(elsewhere, self.read_model.catalogue, resources.EVENTS / "reference")

    def distrust_read_model(self) -> None:
        """Build the read model again for the next question, since the one that stands is damaged."""
        if may_write(self.read_model.path):
            self.read_model.discard_current()
        else:
            self._distrusts_published = True

    def is_without_anchor(self) -> bool:
        """Whether `ledger.head` is gone, without which a record that lost its end opens as if it were whole."""
        from policytrack.store.anchor import head_file_beside
        from policytrack.store.reading import head

        return not head_file_beside(self.store).exists() and self.store.is_file() and head(self.store).position > 0

    def position_at(self, instant: datetime) -> int:
        """The position of the last event recorded by an instant (UTC); 0 before the first."""
        from policytrack.store.reading import position_at

        return position_at(self.store, instant)

    def rebuild(self, *, notes: Callable[[str], None], progress: Progress | None = None) -> Path:
        """Build the read model from the first event and publish it; what stands is asked until then."""
        from policytrack.store.reading import head

        top = head(self.store)
        building = self._building_folder(notes)
        return building.rebuild((top.position, top.digest_hex), self.batches, notes=notes, progress=progress)

    def fresh_read_model(self, folder: Path, *, progress: Progress | None = None) -> Path:
        """A read model built from the first event in another folder, to compare with."""
        from policytrack.readmodel.folder import ReadModelFolder
        from policytrack.store.reading import digest_at, head

        top = head(self.store)
        reference = resources.EVENTS / "reference"
        beside = ReadModelFolder(folder, self.read_model.catalogue, reference, uses_cache=False)
        return beside.catch_up(
            (top.position, top.digest_hex),
            lambda position: digest_at(self.store, position),
            self.batches,
            notes=lambda _: None,
            progress=progress,
        )

    @contextmanager
    def ask(
        self, coordinates: Coordinates, *, notes: Callable[[str], None], progress: Progress | None = None
    ) -> Iterator[Session]:
        """A session on the read model at these coordinates."""
        from policytrack.readmodel.session import Session

        with Session(self.file_at(coordinates, notes=notes, progress=progress), coordinates) as session:
            yield session

    def head_of_file(self, path: Path) -> tuple[int, str]:
        """Return the position and digest (hex) of the last event in a file that `file_at` returned."""
        from policytrack.readmodel.generation import Generation
        from policytrack.store.reading import digest_at

        generation = Generation.named(path)
        if generation is None:
            raise ValueError(f"{path} is not a file of a read model")
        return generation.position, digest_at(self.store, generation.position) or ""

    def file_at(
        self, coordinates: Coordinates, *, notes: Callable[[str], None], progress: Progress | None = None
    ) -> Path:
        """The file that answers at these coordinates: the current generation, or a replay up to their head."""
        if coordinates.head is None:
            return self.generation(notes=notes, progress=progress)
        return self.replay(coordinates.head, notes=notes)


def _line_of(key: str, text: str) -> int | None:
    """The line of a TOML text on which a top-level key or table begins; None where it is written in another way."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", line):
            return number
    return None
