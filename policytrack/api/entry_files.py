"""Imports an uploaded file for a client that shows a page: a dry run first, then the import of the same file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Final

from policytrack.api.entry import Changed, Entry
from policytrack.api.importing import table_options
from policytrack.api.preview import Effect, effect_of
from policytrack.errors import Place, PolicytrackError, findings_of
from policytrack.importing.event_row import Row
from policytrack.importing.read_rows import STDIN, format_by_ending

if TYPE_CHECKING:
    from policytrack.importing.bulk.record import Imported
    from policytrack.importing.bulk.spool import Spool
    from policytrack.importing.read import Options
    from policytrack.importing.read_rows import Items
    from policytrack.ledger import Ledger

MOST_FINDINGS: Final = 200
"""Findings after which reading stops."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it, and the event type and `known_on` of rows that have none."""

    name: str
    body: bytes
    event_type: str = ""
    known_on: date | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 checksum of the file, in hex."""
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What is wrong in a file: the line or cell, what, and what to do."""

    place: str
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What an import would record, or why it cannot. `save_file` wants the `mark` back."""

    findings: list[FileFinding] = field(default_factory=list)
    events: int = 0
    new: int = 0
    types: dict[str, int] = field(default_factory=dict)
    effect: Effect | None = None
    warnings: list[str] = field(default_factory=list)
    mark: str = ""


def preview_file(entry: Entry, upload: Upload) -> FilePreview:
    """Read and decide a file as an import does; return every finding, or the effect on the figures."""
    with entry.writing() as ledger:
        try:
            with _spool(entry, ledger, upload) as spool:
                imported = _record(entry, ledger, spool, dry_run=True)
                head = ledger.store.head().position
                effect = None
                if imported.new:
                    effect = effect_of(
                        ledger, lambda copy: sorted(_record(entry, copy, spool).types), entry.today(), notes=entry.notes
                    )
                types = Counter(type_ for type_, _ in spool.data(imported.is_new))
        except PolicytrackError as error:
            return FilePreview(_findings(error, upload.name))
        warnings = [] if ledger.clock_doubt is None else [ledger.clock_doubt]
        if imported.later:
            warnings.append(f"known only after today, and not in any figure before: {imported.later}")
    mark = f"{head}.{upload.digest}"
    return FilePreview([], imported.count, imported.new, dict(types.most_common()), effect, warnings, mark)


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
        with _spool(entry, ledger, upload) as spool:
            return _record(entry, ledger, spool)


@contextmanager
def _spool(entry: Entry, ledger: Ledger, upload: Upload) -> Iterator[Spool]:
    format_ = format_by_ending(upload.name)
    tables = table_options(
        [upload.name], format_=format_, event_type=upload.event_type or None, known_on=upload.known_on
    )
    options: Options = {
        "format_": format_,
        "tables": tables,
        "prepare": partial(_recorded_by, user=entry.user),
        "max_errors": MOST_FINDINGS,
    }
    files = [(upload.name, BytesIO(upload.body))]
    with ledger.read_files(files, today=upload.known_on or entry.today(), **options) as spool:
        yield spool


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


def _findings(error: PolicytrackError, name: str) -> list[FileFinding]:
    return [FileFinding(str(_named(one.place or Place(name), name)), one.what, one.hint) for one in findings_of(error)]


def _named(place: Place, name: str) -> Place:
    """Return a place in the stream as one in the file of this name."""
    if not place.source.startswith(STDIN):
        return place
    return replace(place, source=name + place.source.removeprefix(STDIN))
