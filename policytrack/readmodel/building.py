"""Building a read model: tables from the facts files, rows from batches of events, views over them.

Per batch one transaction, which also moves the tracking position; corrections take effect once all batches are taken.
No event passes through Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from policytrack.errors import IntegrityTrouble
from policytrack.readmodel import corrections_sql, counted_sql, sql_tokens, steps, views
from policytrack.readmodel.coordinates import ALWAYS_COUNTED, Counted
from policytrack.readmodel.generation import Fingerprint
from policytrack.readmodel.sql_files import Catalogue, SqlFile
from policytrack.readmodel.statements import Statements, hide_progress, quoted

STORAGE_VERSION: Final = "v1.5.0"
"""Of the file: older than the engine, so that other clients of DuckDB can open it."""
BLOCK_SIZE: Final = 65_536
"""Of the file, in bytes. A ledger has many small tables, each of which takes a block a column: with the engine's usual
256 KiB the file of a small ledger is four times as large, and a large one no smaller. It is copied at each catch-up."""
MEMORY: Final = (500, 1200)
"""Of the engine in MB, for a small ledger and at most; what exceeds it goes to a file beside the read model. 625,000
events take no longer with 500 than with 1200, and the process that imports them needs memory too."""
_MEMORY_PER_MILLION: Final = 100
"""More MB for each million events."""
THREADS: Final = 2
EVENTS_IN_MEMORY: Final = 1_000_000
"""Taken before they are written to the file: what waits to be compressed takes several times as much memory."""
BATCH: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("type", pa.string()),
        ("data", pa.string()),
        ("tags", pa.string()),
        ("recorded_at", pa.timestamp("us")),
    ]
)
_MUCH: Final = 50_000
"""Events from which on it pays to start a thread for compressing them."""
_META: Final = (
    "CREATE TABLE meta"
    " (position BIGINT, digest VARCHAR, fingerprint VARCHAR, duckdb_version VARCHAR, built_at TIMESTAMP,"
    " views VARCHAR)"
)
_DERIVED: Final = {
    "first_position": "position of the first event of its chain of corrections",
    "order_known_on": "first half of its place among the events of one day: the day it was known; the correction of an"
    " error has the place of what it corrects",
    "order_position": "second half of that place: its ledger position",
    "known_to": "first day on which it no longer stood; 9999-12-31 while it stands, 0001-01-01 for an error",
    "superseded_by": "position of the event that corrects or retracts it",
}
_VERIFY: Final = "run `policytrack verify`"


class Building:
    """A read model file that is being written. Use as a context manager; `finish` makes the file complete.

    Methods raise `QueryFailed`, naming the file, when the SQL of a file fails; `duckdb.Error` when the read model
    file is damaged or the disk refuses.
    """

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.counted: Counted | None = None
        """Which events are folded; None for all."""
        self._taken_after: int | None = None
        self._unwritten = 0
        self._types: set[str] = set()
        self._connection = duckdb.connect(":memory:", config={"threads": THREADS})
        self._sql = Statements(self._connection)
        try:
            hide_progress(self._connection)
            for setting in (
                "autoinstall_known_extensions = false",
                "autoload_known_extensions = false",
                "python_enable_replacements = false",
                f"memory_limit = '{memory_limit(0)}'",
                "checkpoint_threshold = '1TB'",
                f"temp_directory = {quoted(f'{path}.spill')}",
            ):
                self._sql.run(f"SET {setting}")
            # The file is worth nothing until it is published: a log to recover it by would only be written twice.
            options = f"STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {BLOCK_SIZE}, RECOVERY_MODE no_wal_writes"
            self._sql.run(f"ATTACH {quoted(str(path))} AS read_model ({options})")
            self._sql.run("USE read_model")
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Building:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def create(self, reference: Path) -> None:
        """Make the functions, the reference tables and the empty fact tables."""
        self._sql.run("BEGIN")
        self._sql.run(_META)
        self._sql.run("INSERT INTO meta VALUES (0, '', '', '', NULL, '')")
        self._sql.run("COMMENT ON TABLE meta IS 'One row: the part of the record that this read model holds.'")
        self._sql.run_file(self.catalogue.functions, self.catalogue.functions.sql)
        for path in sorted(reference.glob("*.csv")):
            self._load_reference(path)
        with self._reading(BATCH.empty_table()):
            for file in self.catalogue.facts:
                self._sql.run_file(file, f"CREATE TABLE {file.name} AS FROM (\n{_rows(file, file.sql)}\n) LIMIT 0")
                self._sql.comment("TABLE", file)
        for column, text in _DERIVED.items():
            self._sql.run(f"COMMENT ON COLUMN event.{column} IS {quoted(text)}")
        steps.create(self._sql, self.catalogue)
        self._sql.run("COMMIT")

    def create_views(self) -> None:
        """Create policytrack's views and checks in place of all that exist; `own_sql.create` adds the ledger's own.

        Where policytrack's exist already, of the same files, only the ledger's own are removed, which takes a tenth of
        the time.
        """
        ours = self.catalogue.without_own().fingerprint
        if self.meta()["views"] == ours:
            views.remove_own(self._sql, self.catalogue)
        else:
            views.create(self._sql, self.catalogue)
            self._sql.run("UPDATE meta SET views = $views", {"views": ours})

    def meta(self) -> dict[str, Any]:
        """The one row that says what the file holds."""
        result = self._connection.execute("FROM meta")
        names = [column[0] for column in result.description or ()]
        return dict(zip(names, result.fetchall()[0], strict=True))

    def take(self, batches: Iterator[pa.Table], after: int, upto: int) -> Iterator[int]:
        """Take the events of the batches up to a position, each batch in one transaction; yields the position reached.

        Raises `IntegrityTrouble` when the batches do not follow each other or end before `upto`.
        """
        self._taken_after = after
        self._sql.run(f"SET memory_limit = '{memory_limit(upto)}'")
        for given in batches:
            batch = _until(given.cast(BATCH), upto)
            if batch.num_rows:
                first, last = batch["position"][0].as_py(), batch["position"][-1].as_py()
                if first != after + 1 or last - first + 1 != batch.num_rows:
                    raise IntegrityTrouble(f"events e{first} to e{last} do not follow e{after}", hint=_VERIFY)
                self._take(batch, after, last)
                after = last
                self._unwritten += batch.num_rows
                if self._unwritten >= EVENTS_IN_MEMORY:
                    self._write()
                yield after
            if after >= upto:
                return
        if after < upto:
            raise IntegrityTrouble(f"the event store ended at e{after}; its head is e{upto}", hint=_VERIFY)

    def finish(self, position: int, digest: str, fingerprint: Fingerprint, built_at: datetime) -> None:
        """Apply the corrections, work out the steps, say what the file holds, and write all of it into the one file."""
        self._sql.run("BEGIN")
        if self._taken_after is not None:
            self._let_take_effect(self._taken_after)
            if self.counted is not None:
                self._leave_out(self.counted)
            steps.update(self._sql, self.catalogue, self._taken_after, self._types)
        self._sql.run(
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
        self._sql.run("COMMIT")
        self.put_away()

    def put_away(self) -> None:
        """Write everything into the one file and let go of it. Nothing can be built after this."""
        self._write()
        self._sql.run("USE memory")
        self._sql.run("DETACH read_model")

    def _write(self) -> None:
        # The engine compresses on the threads beside that of the statement, or on all: with one more, two always work.
        is_much = self._unwritten > _MUCH
        if is_much:
            self._sql.run(f"SET threads = {THREADS + 1}")
        self._sql.run("CHECKPOINT read_model")
        if is_much:
            self._sql.run(f"SET threads = {THREADS}")
        self._unwritten = 0

    def _take(self, batch: pa.Table, after: int, last: int) -> None:
        with self._reading(batch):
            self._sql.run("BEGIN")
            try:
                types = frozenset(pc.unique(batch["type"]).to_pylist())
                for file in self._facts_of(types):
                    # Planning the sentences of all types takes longer than reading one event.
                    rows = _rows(file, sql_tokens.only_types(file.sql, types))
                    self._sql.run_file(
                        file, f"INSERT INTO {file.name} FROM (\n{rows}\n)", f" over e{after + 1} to e{last}"
                    )
                self._sql.run("UPDATE meta SET position = $position, digest = ''", {"position": last})
            except BaseException:
                self._sql.run("ROLLBACK")
                raise
            self._sql.run("COMMIT")

    def _facts_of(self, types: frozenset[str]) -> list[SqlFile]:
        """The facts files that take anything of events of these types: of one event, most would find nothing."""
        self._types |= types
        return [file for file in self.catalogue.facts if not file.event_types or file.event_types & types]

    def _let_take_effect(self, after: int) -> None:
        """Say of every row of what the events after a position supersede until when it stood, and give corrections the
        place in the order of what they correct."""
        self._sql.run(corrections_sql.LINK, {"after": after})
        if not self._sql.run(corrections_sql.HAS_LINK)[0][0]:
            return
        for statement in corrections_sql.SUPERSEDING:
            self._sql.run(statement)
        self._sql.run(corrections_sql.END_EVENT)
        for file in self.catalogue.facts[1:]:
            self._sql.run_file(file, corrections_sql.end(file.name))
        for column, update in (("order_position", corrections_sql.place), ("first_position", corrections_sql.first)):
            for (table,) in self._sql.run(corrections_sql.TABLES_WITH, {"column": column}):
                self._sql.run(update(table))

    def _leave_out(self, counted: Counted) -> None:
        """Let the events that do not count never have been in force, and put back what their revisions had ended."""
        self._sql.run(
            counted_sql.LEFT_OUT,
            {
                "assertions": list(counted.assertions),
                "min_sources": counted.min_sources,
                "known_at": counted.known_at,
                "always": sorted(ALWAYS_COUNTED),
            },
        )
        if not self._sql.run(counted_sql.HAS_LEFT_OUT)[0][0]:
            return
        self._sql.run(counted_sql.SUPERSEDED)
        self._sql.run(counted_sql.OF_EVENT)
        for file in self.catalogue.facts[1:]:
            self._sql.run_file(file, counted_sql.of_table(file.name))

    @contextmanager
    def _reading(self, batch: pa.Table) -> Iterator[None]:
        """Let the facts files read a batch."""
        self._register("batch", batch)
        self._sql.run(corrections_sql.BATCH_EVENT)
        try:
            yield
        finally:
            self._connection.unregister("batch")

    def _load_reference(self, path: Path) -> None:
        """A reference table: all columns text, an empty cell NULL."""
        with path.open(encoding="utf-8-sig", newline="") as lines:
            names = lines.readline().strip().split(",")
        options = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        )
        self._register("arrow_reference", arrow_csv.read_csv(path, convert_options=options))
        table = f"reference_{path.stem}"
        self._sql.run(f"CREATE TABLE {table} AS FROM arrow_reference")
        self._sql.run(f"COMMENT ON TABLE {table} IS {quoted(f'Reference data: {path.name}')}")
        self._connection.unregister("arrow_reference")

    def _register(self, name: str, table: pa.Table) -> None:
        self._connection.register(name, table)


def memory_limit(events: int) -> str:
    """Return the memory limit of the engine while it builds a read model of this many events."""
    least, most = MEMORY
    return f"{min(most, least + events // 1_000_000 * _MEMORY_PER_MILLION)}MB"


def _rows(file: SqlFile, sql: str) -> str:
    """The SELECT of the rows that a facts file makes of a batch, given its SELECT for the types in the batch."""
    return corrections_sql.untouched(sql) if file.name == "event" else sql


def _until(batch: pa.Table, upto: int) -> pa.Table:
    """The rows of a batch up to a position: the store may have grown since its head was read."""
    if not batch.num_rows or batch["position"][-1].as_py() <= upto:
        return batch
    return batch.slice(0, sum(1 for position in batch["position"].to_pylist() if position <= upto))
