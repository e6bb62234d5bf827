"""Writes a lake: the facts of a ledger as Parquet parts that never change, and what later events change beside them.

::

    policytrack-lake.json                         the manifest, written last
    views.sql                                     the views of policytrack over these files, for DuckDB
    facts/TABLE/part-000000000001.parquet         facts of e1-e250000; the last part grows until it is full
    superseded.parquet                            the events that a later event corrected or retracted
    capacity_step/activity_id=ID/part.parquet     the steps of an activity
    project_span.parquet
    reference/TABLE.parquet

Files are replaced whole, under the same name, so a reader never finds the rows of a table twice. The same head gives
the same bytes with the same version of policytrack and of its libraries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from policytrack.durable_files import replace_file
from policytrack.errors import Refused, StorageTrouble, UsageError
from policytrack.input_files import check_folder
from policytrack.lake.manifest import MANIFEST, LakeFile, Manifest, read_manifest
from policytrack.ledger_settings import SETTINGS
from policytrack.output.measured import Measured
from policytrack.questions.ask import question_sql
from policytrack.questions.citation import head_of
from policytrack.readmodel.lake_views import LakeTable, views_sql
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import PROJECTIONS
from policytrack.unfinished import unfinished

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

PART: Final = 250_000
"""The number of events whose facts are in one part."""
VIEWS: Final = "views.sql"
_SUPERSEDED: Final = "superseded.parquet"


@dataclass(slots=True)
class Written:
    """What was written: the manifest, and the number of files that were new or changed."""

    manifest: Manifest
    changed: int


def write_lake(
    session: Session,
    folder: Path,
    *,
    ledger: str,
    digest_at: Callable[[int], str | None],
    progress: Callable[[int, int], None] | None = None,
    part: int = PART,
) -> Written:
    """Write the lake of a session's head into a folder, or continue the one that is there.

    Full parts that the folder has, with the right checksum, are not written again. `digest_at` returns the digest of
    the ledger at a position, `part` is the number of events whose facts are in one part. Raises `UsageError` for a
    folder with other files, `Refused` for the lake of another ledger or of a later head, `IntegrityTrouble` for a
    malformed manifest, and `StorageTrouble` if writing fails.
    """
    position, digest = head_of(session)
    before = _before(folder, ledger, position, digest_at)
    catalogue = Catalogue.load(PROJECTIONS)
    tables = f"{catalogue.facts_digest} pyarrow {_arrow_version()} part {part}"
    known = {file.path: file for file in before.files} if before is not None and before.tables == tables else {}
    reached = before.position if before is not None else 0
    writer = _Writer(session, folder, known, reached, position, part, progress)
    try:
        writer.write(catalogue)
        files = tuple(sorted(writer.files, key=lambda file: file.path))
        manifest = Manifest(ledger=ledger, position=position, digest=digest, tables=tables, files=files)
        replace_file(folder / MANIFEST, manifest.text().encode())
        written = {file.path for file in files}
        for file in before.files if before is not None else ():
            if file.path not in written and (folder / file.path).resolve().is_relative_to(folder.resolve()):
                (folder / file.path).unlink(missing_ok=True)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write to {folder}: {cause.strerror}", hint="check its permissions and the disk space"
        ) from cause
    return Written(manifest, writer.changed)


def _before(folder: Path, ledger: str, position: int, digest_at: Callable[[int], str | None]) -> Manifest | None:
    """Create the folder, and return the manifest of the lake that it has."""
    try:
        if (folder / SETTINGS).exists():
            raise UsageError(f"{folder} is a ledger", hint="choose a folder outside it, for instance ../lake")
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        before = read_manifest(folder)
        if before is None and any(folder.iterdir()):
            raise UsageError(f"{folder} holds other files", hint="choose an empty folder")
    except OSError as cause:
        raise StorageTrouble(f"cannot write to {folder}: {cause.strerror}", hint="choose another folder") from cause
    if before is None:
        # With it, an export that is killed can be continued.
        digest = digest_at(0) or ""
        replace_file(folder / MANIFEST, Manifest(ledger=ledger, position=0, digest=digest, tables="").text().encode())
        return None
    if before.position > position:
        raise Refused(
            f"{folder} has the events up to e{before.position}, and this export ends at e{position}",
            hint="export to another folder",
        )
    if digest_at(before.position) != before.digest:
        raise Refused(
            f"{folder} is the lake of another ledger: its event e{before.position} has another digest",
            hint="export to another folder; `policytrack verify` checks the ledger",
        )
    return before


@dataclass(slots=True)
class _Writer:
    session: Session
    folder: Path
    known: Mapping[str, LakeFile]
    """The files of the lake before, by path."""
    known_position: int
    """The head of the lake before."""
    position: int
    part: int
    progress: Callable[[int, int], None] | None
    files: list[LakeFile] = field(default_factory=list)
    changed: int = 0

    def write(self, catalogue: Catalogue) -> None:
        rows = self.session.query(question_sql("lake_tables")).to_pylist()
        tables = [
            LakeTable(row["name"], row["kind"], dict(zip(row["columns"], row["types"], strict=True))) for row in rows
        ]
        for table in tables:
            if table.kind == "reference":
                self._reference(table)
        # A reader meanwhile may find a correction beside the event that it corrects: the manifest, written last, tells.
        facts = [table for table in tables if table.kind == "facts"]
        for number, first in enumerate(range(1, max(self.position, 1) + 1, self.part)):
            if self.progress is not None:
                self.progress(number * self.part, self.position)
            for table in facts:
                self._facts(table, first)
        self._select(_SUPERSEDED, "lake_superseded")
        activities = self.session.query(question_sql("lake_activities"))["activity_id"].to_pylist()
        for activity in activities:
            path = f"capacity_step/activity_id={quote(activity, safe='')}/part.parquet"
            self._select(path, "lake_steps", {"activity": activity})
        if not activities:  # for the columns
            self._select("capacity_step/activity_id=none/part.parquet", "lake_steps", {"activity": ""})
        self._select("project_span.parquet", "lake_spans")
        self._text(VIEWS, views_sql(tables, catalogue))

    def _reference(self, table: LakeTable) -> None:
        query, given = ("lake_checks", {}) if table.name == "known_check" else ("lake_reference", {"table": table.name})
        self._select(f"reference/{table.name}.parquet", query, given)

    def _facts(self, table: LakeTable, first: int) -> None:
        path = f"facts/{table.name}/part-{first:012}.parquet"
        last = first + self.part - 1
        was_full = last <= self.known_position
        if was_full and (known := self.known.get(path)) is not None and _is_intact(self.folder, known):
            self._add(known, is_changed=False)
            return
        given = {"table": table.name, "first": first, "last": min(last, self.position)}
        self._select(path, "lake_facts", given, is_needed=first == 1)

    def _select(
        self, path: str, query: str, given: Mapping[str, object] | None = None, *, is_needed: bool = True
    ) -> None:
        """Write the answer to a query as a file; an empty one only if `is_needed`, for its columns."""
        from policytrack.output.formats import Rows, parquet_parts

        with self.session.batches(question_sql(query), given) as reader:
            count = 0
            first = next(reader, None)
            if first is None and not is_needed:
                return

            def batches() -> Iterator[object]:
                nonlocal count
                if first is not None:
                    count += first.num_rows
                    yield first
                for batch in reader:
                    count += batch.num_rows
                    yield batch

            self._write(path, parquet_parts(Rows(reader.schema, batches(), "")), lambda: count)

    def _text(self, path: str, text: str) -> None:
        self._write(path, iter([text.encode()]), lambda: 0)

    def _write(self, path: str, parts: Iterator[bytes], rows: Callable[[], int]) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        measured = Measured(parts)
        with unfinished(target) as new:
            with new.open("wb") as file:
                file.writelines(measured)
            made = LakeFile(path=path, rows=rows(), size=measured.size, sha256=measured.sha256)
            is_changed = self.known.get(path) != made or not _is_intact(self.folder, made)
            if is_changed:
                new.replace(target)
        self._add(made, is_changed=is_changed)

    def _add(self, file: LakeFile, *, is_changed: bool) -> None:
        self.files.append(file)
        self.changed += is_changed


def _is_intact(folder: Path, file: LakeFile) -> bool:
    path = folder / file.path
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _arrow_version() -> str:
    import pyarrow

    return str(pyarrow.__version__)
