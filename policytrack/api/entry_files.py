"""Imports an uploaded file for a client that shows a page: a dry run first, then the import of the same file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.api.entry import Changed, Entry
from policytrack.api.importing import registered, table_options
from policytrack.api.preview import Effect, effect_of
from policytrack.errors import Place, PolicytrackError, UsageError, findings_of
from policytrack.importing.event_row import Row
from policytrack.importing.preparing import Preparing
from policytrack.importing.read_rows import STDIN, format_by_ending
from policytrack.unfinished import temporary_folder

if TYPE_CHECKING:
    from policytrack.importing.bulk.record import Imported
    from policytrack.importing.bulk.spool import Spool
    from policytrack.importing.read import Options
    from policytrack.importing.read_rows import Items
    from policytrack.importing.tables.table_options import TableOptions
    from policytrack.ledger import Ledger

MOST_FINDINGS: Final = 200
"""Findings after which reading stops."""
_OF_STREAM: Final = re.compile(f"^(warning: |){re.escape(STDIN)}(?=[:!])")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it, and the event type and `known_on` of rows that have none.

    `map_name` is a map by its name, or with `map_body` the name and content of a map file. `register_missing` is that
    of `policytrack import`.
    """

    name: str
    body: bytes
    event_type: str = ""
    known_on: date | None = None
    map_name: str = ""
    map_body: bytes | None = None
    register_missing: bool = False

    @property
    def digest(self) -> str:
        """The SHA-256 checksum of the file and of how it is read, in hex."""
        files = [sha256(body).hexdigest() for body in (self.body, self.map_body or b"")]
        how = (self.name, self.event_type, self.known_on, self.map_name, self.map_body is None, self.register_missing)
        return sha256(repr((files, how)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What is wrong in a file: the line or cell, what, and what to do."""

    place: str
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What an import would record, or why it cannot. `save_file` wants the `mark` back.

    `notes` say what of the table and the map was not used, and what was registered.
    """

    findings: list[FileFinding] = field(default_factory=list)
    events: int = 0
    new: int = 0
    types: dict[str, int] = field(default_factory=dict)
    effect: Effect | None = None
    warnings: list[str] = field(default_factory=list)
    mark: str = ""
    notes: list[str] = field(default_factory=list)


def preview_file(entry: Entry, upload: Upload) -> FilePreview:
    """Read and decide a file as an import does; return every finding, or the effect on the figures."""
    notes: list[str] = []
    with entry.writing() as ledger:
        try:
            with _spool(entry, ledger, upload, notes) as spool:
                imported = _record(entry, ledger, spool, dry_run=True)
                head = ledger.store.head().position
                effect = None
                if imported.new:
                    effect = effect_of(
                        ledger, lambda copy: sorted(_record(entry, copy, spool).types), entry.today(), notes=entry.notes
                    )
                types = Counter(type_ for type_, _ in spool.data(imported.is_new))
        except PolicytrackError as error:
            return FilePreview(_findings(error, upload), notes=notes)
        warnings = [] if ledger.clock_doubt is None else [ledger.clock_doubt]
        if imported.later:
            warnings.append(f"known only after today, and not in any figure before: {imported.later}")
    mark = f"{head}.{upload.digest}"
    return FilePreview([], imported.count, imported.new, dict(types.most_common()), effect, warnings, mark, notes)


def save_file(entry: Entry, upload: Upload, mark: str) -> Imported:
    """Import a file that was previewed, in one transaction.

    Raises `Changed` if the file is not the one of the mark, or if any event was recorded since, and `RejectedImport` as
    an import does. Nothing is stored then.
    """
    with entry.writing() as ledger, ledger.application():
        head = ledger.store.head().position
        seen, _, digest = mark.partition(".")
        if digest != upload.digest or not seen.isdecimal():
            raise Changed("this is not the file of the preview", hint="check the effect, then import it")
        if seen != str(head):
            raise Changed(
                f"events after e{seen} were recorded since the preview", hint="check the effect, then import it"
            )
        with _spool(entry, ledger, upload, []) as spool:
            return _record(entry, ledger, spool)


@contextmanager
def _spool(entry: Entry, ledger: Ledger, upload: Upload, notes: list[str]) -> Iterator[Spool]:
    """Read the file. `notes` gets what was not used and what was registered, also when it cannot be imported."""
    with temporary_folder() as folder:
        tables = _tables(entry, upload, folder)
        is_mapped = tables.map is not None and bool(tables.map.event)
        prepare: Preparing | None = None
        if is_mapped or upload.register_missing:
            rows = registered(ledger, notes=entry.notes)
            prepare = Preparing(rows, tables.map, source=None, register=upload.register_missing)
            prepare.passes_over_registered = is_mapped  # as `policytrack import` does

        def prepared(items: Items) -> Items:
            return _recorded_by(items if prepare is None else prepare(items), user=entry.user)

        options: Options = {
            "format_": format_by_ending(upload.name),
            "tables": tables,
            "prepare": prepared,
            "max_errors": MOST_FINDINGS,
        }
        files = [(upload.name, BytesIO(upload.body))]
        try:
            with ledger.read_files(files, today=tables.known_on, **options) as spool:
                yield spool
        finally:
            lines = [*(prepare.lines() if prepare is not None else ()), *tables.unused.lines()]
            notes += [_OF_STREAM.sub(lambda found: f"{found[1]}{upload.name}", line) for line in lines]


def _tables(entry: Entry, upload: Upload, folder: Path) -> TableOptions:
    """Return the options of the table. A map that was sent is written to the folder. Raises what `load_map` does."""
    path: Path | None = Path(upload.map_name) if upload.map_name else None
    if upload.map_body is not None:
        path = folder / "map.toml"
        path.write_bytes(upload.map_body)
    options = table_options(
        [upload.name], format_=format_by_ending(upload.name), event_type=upload.event_type or None, map_file=path,
        known_on=upload.known_on,
    )  # fmt: skip
    map_ = options.map
    if upload.map_body is not None and map_ is not None:
        if map_.join:
            raise UsageError(
                f"the map {upload.map_name} joins another file",
                hint="use policytrack import --map, which finds that file",
            )
        map_ = map_.model_copy(update={"file": upload.map_name})
    known_on = upload.known_on or (map_.known_on if map_ is not None else None) or entry.today()
    return replace(options, map=map_, known_on=known_on)


def _record(entry: Entry, ledger: Ledger, spool: Spool, *, dry_run: bool = False) -> Imported:
    return ledger.record_drafts(spool, dry_run=dry_run, known_by=entry.today(), allow_later=True)


def _recorded_by(items: Items, *, user: str) -> Items:
    """Return the rows with `recorded_by` set to the user, if there is one."""
    for item in items:
        yield (
            replace(item, fields={**item.fields, "recorded_by": user}, line=None)
            if (user and isinstance(item, Row) and item.fields)
            else item
        )


def _findings(error: PolicytrackError, upload: Upload) -> list[FileFinding]:
    return [
        FileFinding(str(_named(one.place or Place(upload.name), upload)), one.what, one.hint)
        for one in findings_of(error)
    ]


def _named(place: Place, upload: Upload) -> Place:
    """Return a place in the stream or in the temporary file of the map, with the name of the file that was sent."""
    if upload.map_body is not None and Path(place.source).is_absolute():
        return replace(place, source=upload.map_name)
    if not place.source.startswith(STDIN):
        return place
    return replace(place, source=upload.name + place.source.removeprefix(STDIN))
