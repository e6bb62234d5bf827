"""Building a read model: tables from the facts files, rows from batches of events, views over them.

Per batch one transaction, which also moves the tracking position. No event passes through Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as arrow_csv

from policytrack.errors import IntegrityTrouble, Place, QueryFailed
from policytrack.readmodel import checks, resolving
from policytrack.readmodel.catalogue import Catalogue, LeftOut, SqlFile
from policytrack.readmodel.generation import Fingerprint

STORAGE_VERSION: Final = "v1.5.0"
"""Of the file: older than the engine, so that other clients of DuckDB can open it."""
MEMORY_LIMIT: Final = "1200MB"
BATCH: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("type", pa.string()),
        ("data", pa.string()),
        ("tags", pa.string()),
        ("recorded_at", pa.timestamp("us")),
    ]
)
_META: Final = (
    "CREATE TABLE meta"
    " (position BIGINT, digest VARCHAR, fingerprint VARCHAR, duckdb_version VARCHAR, built_at TIMESTAMP)"
)
_DERIVED: Final = {
    "order_position": "position of the event whose place in the order it takes: the first of a chain of corrections",
    "known_to": "first day on which it no longer stood; 9999-12-31 while it stands, 0001-01-01 for an error",
    "superseded_by": "position of the event that corrects or retracts it",
}
_VERIFY: Final = "run `policytrack verify`"
# What says that the file or the disk is at fault, and not the SQL.
_MACHINE = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.OutOfMemoryException)


class Building:
    """A read model file that is being written. Use as a context manager; `finish` makes the file complete.

    Methods raise `QueryFailed`, naming the file, when the SQL of a file fails; `duckdb.Error` when the read model
    file is damaged or the disk refuses.
    """

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._connection = duckdb.connect(":memory:")
        try:
            for setting in (
                "autoinstall_known_extensions = false",
                "autoload_known_extensions = false",
                "python_enable_replacements = false",
                f"memory_limit = '{MEMORY_LIMIT}'",
                "threads = 2",
                "checkpoint_threshold = '1TB'",
                f"temp_directory = {quoted(f'{path}.spill')}",
            ):
                self._run(f"SET {setting}")
            # The file is worth nothing until it is published: a log to recover it by would only be written twice.
            options = f"STORAGE_VERSION '{STORAGE_VERSION}', RECOVERY_MODE no_wal_writes"
            self._run(f"ATTACH {quoted(str(path))} AS read_model ({options})")
            self._run("USE read_model")
            self._run(resolving.EARLIER)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Building:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def create(self, reference: Path) -> None:
        """Make the functions, the reference tables and the empty fact tables."""
        self._run("BEGIN")
        self._run(_META)
        self._run("INSERT INTO meta VALUES (0, '', '', '', NULL)")
        self._run("COMMENT ON TABLE meta IS 'One row: the part of the record that this read model holds.'")
        self._run_file(self.catalogue.functions, self.catalogue.functions.sql)
        for path in sorted(reference.glob("*.csv")):
            self._load_reference(path)
        self._register("batch", BATCH.empty_table())
        for file in self.catalogue.facts:
            if file.name == "event":
                self._resolve(file, after=0)
                self._run("CREATE TABLE event AS FROM batch_resolved")
            else:
                self._run_file(file, f"CREATE TABLE {file.name} AS FROM (\n{file.sql}\n) LIMIT 0")
            self._comment("TABLE", file)
        for column, text in _DERIVED.items():
            self._run(f"COMMENT ON COLUMN event.{column} IS {quoted(text)}")
        self._connection.unregister("batch")
        self._run("COMMIT")

    def create_views(self) -> tuple[LeftOut, ...]:
        """Make the views and checks anew. Returns those of the user's that cannot be made."""
        self._run("BEGIN")
        self._drop_views()
        self._run("COMMIT")
        self._list_checks(self.catalogue.checks)
        left_out = list(self.catalogue.left_out)
        for file in self.catalogue.views:
            self._run("BEGIN")
            try:
                self._create_view(file)
            except QueryFailed as failed:
                self._run("ROLLBACK")
                if not file.is_own:
                    raise
                left_out.append(LeftOut(file.name, file.path, failed.what))
            else:
                self._run("COMMIT")
        left_out += self._add_own_checks()
        self._run("CREATE OR REPLACE TABLE left_out_view (name VARCHAR, reason VARCHAR)")
        for left in left_out:
            self._run("INSERT INTO left_out_view VALUES ($name, $reason)", {"name": left.name, "reason": str(left)})
        return tuple(left_out)

    def meta(self) -> dict[str, Any]:
        """The one row that says what the file holds."""
        result = self._connection.execute("FROM meta")
        names = [column[0] for column in result.description or ()]
        return dict(zip(names, result.fetchall()[0], strict=True))

    def take(self, batches: Iterator[pa.Table], after: int, upto: int) -> Iterator[int]:
        """Take the events of the batches up to a position, each batch in one transaction; yields the position reached.

        Raises `IntegrityTrouble` when the batches do not follow each other or end before `upto`.
        """
        for given in batches:
            batch = _until(given.cast(BATCH), upto)
            if batch.num_rows:
                first, last = batch["position"][0].as_py(), batch["position"][-1].as_py()
                if first != after + 1 or last - first + 1 != batch.num_rows:
                    raise IntegrityTrouble(f"events e{first} to e{last} do not follow e{after}", hint=_VERIFY)
                self._take(batch, after, last)
                after = last
                yield after
            if after >= upto:
                return
        if after < upto:
            raise IntegrityTrouble(f"the event store ended at e{after}; its head is e{upto}", hint=_VERIFY)

    def finish(self, position: int, digest: str, fingerprint: Fingerprint, built_at: datetime) -> None:
        """Write what the corrections do to earlier events, what the file holds, and everything into the one file."""
        self._run("BEGIN")
        self._run(resolving.GATHER_EARLIER)
        if self._run("SELECT EXISTS (FROM settled)")[0][0]:
            self._run(resolving.SETTLE_EVENT)
            for file in self.catalogue.facts[1:]:
                self._run_file(file, resolving.settle(file.name))
        self._run(
            "UPDATE meta SET position = $position, digest = $digest, fingerprint = $fingerprint,"
            " duckdb_version = $version, built_at = $built_at",
            {
                "position": position,
                "digest": digest,
                "fingerprint": f"{fingerprint.facts}-{fingerprint.views}",
                "version": duckdb.__version__,
                "built_at": built_at,
            },
        )
        self._run("COMMIT")
        self._run("CHECKPOINT read_model")
        self._run("USE memory")
        self._run("DETACH read_model")

    def _take(self, batch: pa.Table, after: int, last: int) -> None:
        self._register("batch", batch)
        try:
            self._run("BEGIN")
            try:
                self._resolve(self.catalogue.facts[0], after)
                self._run("INSERT INTO event FROM batch_resolved")
                for file in self.catalogue.facts[1:]:
                    self._run_file(
                        file, f"INSERT INTO {file.name} FROM (\n{file.sql}\n)", f" over e{after + 1} to e{last}"
                    )
                self._run("UPDATE meta SET position = $position, digest = ''", {"position": last})
            except BaseException:
                self._run("ROLLBACK")
                raise
            self._run("COMMIT")
        finally:
            self._connection.unregister("batch")

    def _resolve(self, event: SqlFile, after: int) -> None:
        """The rows of `event` for this batch, and the events as the other facts files read them."""
        self._run_file(event, f"CREATE OR REPLACE TEMP TABLE batch_envelope AS\n{event.sql}", f" after e{after}")
        if self._run(resolving.HAS_SUPERSEDING)[0][0]:
            for statement in (resolving.LINK, resolving.ROOT, resolving.SUPERSEDED, resolving.RESOLVED):
                self._run(statement)
            self._run(resolving.REMEMBER_EARLIER, {"after": after})
        else:
            self._run(resolving.UNTOUCHED)
        self._run(resolving.BATCH_EVENT)

    def _load_reference(self, path: Path) -> None:
        """A reference table: all columns text, an empty cell NULL."""
        with path.open(encoding="utf-8-sig", newline="") as lines:
            names = lines.readline().strip().split(",")
        options = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        )
        self._register("arrow_reference", arrow_csv.read_csv(path, convert_options=options))
        table = f"reference_{path.stem}"
        self._run(f"CREATE TABLE {table} AS FROM arrow_reference")
        self._run(f"COMMENT ON TABLE {table} IS {quoted(f'Reference data: {path.name}')}")
        self._connection.unregister("arrow_reference")

    def _drop_views(self) -> None:
        views = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = 'read_model'"
        macros = (
            "SELECT DISTINCT function_name FROM duckdb_functions()"
            " WHERE NOT internal AND database_name = 'read_model' AND function_type = 'table_macro'"
        )
        for (name,) in self._run(views):
            self._run(f'DROP VIEW "{name}"')
        for (name,) in self._run(macros):
            self._run(f'DROP MACRO TABLE "{name}"')

    def _create_view(self, file: SqlFile) -> None:
        source = file.sql
        if file.takes_dates:
            self._run_file(file, f"CREATE MACRO {file.name}_at(p_as_of, p_known_at) AS TABLE\n{file.sql}")
            self._run(f"COMMENT ON MACRO TABLE {file.name}_at IS {quoted(file.comment)}")
            source = f"FROM {file.name}_at(as_of(), known_at())"
        if file.is_internal:
            # A macro is not bound until it is used: see now whether it can be.
            self._run_file(file, f"DESCRIBE {source}")
        else:
            self._run_file(file, f"CREATE VIEW {file.name} AS\n{source}")
            self._comment("VIEW", file)

    def _list_checks(self, files: Iterable[SqlFile]) -> None:
        """Say which checks there are, in a table that `check_result` reads."""
        self._run(
            "CREATE OR REPLACE TABLE known_check"
            " (check_name VARCHAR, severity VARCHAR, sentence VARCHAR, is_own BOOLEAN)"
        )
        self._run(
            "COMMENT ON TABLE known_check IS 'One row per check: what it says is wrong, and how much that matters.'"
        )
        for file in files:
            sentence, severity, _ = checks.described(file.comment)
            self._run(
                "INSERT INTO known_check VALUES ($name, $severity, $sentence, $own)",
                {"name": file.name, "severity": severity, "sentence": sentence, "own": file.is_own},
            )

    def _add_own_checks(self) -> list[LeftOut]:
        """Let the user's own checks, which may read the user's views, find things too. Returns those that cannot."""
        added: list[SqlFile] = []
        left_out: list[LeftOut] = []
        for file in self.catalogue.own_checks:
            try:
                self._run_file(
                    file, f"CREATE MACRO _one_check_at(p_as_of, p_known_at) AS TABLE {checks.shaped(file.sql)}"
                )
                self._run_file(file, "DESCRIBE FROM _one_check_at(as_of(), known_at())")
            except QueryFailed as failed:
                left_out.append(LeftOut(file.name, file.path, failed.what))
            else:
                added.append(file)
            self._run("DROP MACRO TABLE IF EXISTS _one_check_at")
        if added:
            found = self.catalogue.all_findings(tuple(added))
            self._run_file(found, f"CREATE OR REPLACE MACRO {found.name}_at(p_as_of, p_known_at) AS TABLE\n{found.sql}")
            self._list_checks((*self.catalogue.checks, *added))
        return left_out

    def _comment(self, kind: str, file: SqlFile) -> None:
        self._run(f"COMMENT ON {kind} {file.name} IS {quoted(file.comment)}")
        for column, text in file.column_comments.items():
            self._run_file(file, f"COMMENT ON COLUMN {file.name}.{column} IS {quoted(text)}")

    def _register(self, name: str, table: pa.Table) -> None:
        self._connection.register(name, table)

    def _run(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement to its end: a result that is not fetched keeps the connection busy."""
        result = self._connection.execute(sql, parameters) if parameters else self._connection.execute(sql)
        rows: list[tuple[Any, ...]] = result.fetchall()
        return rows

    def _run_file(self, file: SqlFile, sql: str, over: str = "") -> None:
        try:
            self._run(sql)
        except _MACHINE:
            raise
        except duckdb.Error as cause:
            raise QueryFailed(f"failed{over}: {str(cause).splitlines()[0]}", place=Place(str(file.path))) from cause


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _until(batch: pa.Table, upto: int) -> pa.Table:
    """The rows of a batch up to a position: the store may have grown since its head was read."""
    if not batch.num_rows or batch["position"][-1].as_py() <= upto:
        return batch
    return batch.slice(0, sum(1 for position in batch["position"].to_pylist() if position <= upto))
