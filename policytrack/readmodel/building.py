"""Building a read model: tables from the facts files, rows from batches of events, views over them.

Per batch one transaction, which also moves the tracking position: a read model holds a prefix of the record, never
half a batch. No event passes through Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as arrow_csv

from policytrack.errors import IntegrityTrouble, QueryFailed
from policytrack.readmodel.catalogue import Catalogue, SqlFile

FOREVER: Final = "DATE '9999-12-31'"
NEVER: Final = "DATE '0001-01-01'"
_BATCH: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("type", pa.string()),
        ("data", pa.string()),
        ("tags", pa.string()),
        ("recorded_at", pa.timestamp("us")),
    ]
)
_NEW_EVENTS: Final = f"""
INSERT INTO event
SELECT *, position AS order_position, {FOREVER} AS known_to, NULL::BIGINT AS superseded_by FROM ({{event}})
"""  # noqa: S608 # the text of our own file
_SUPERSEDED: Final = f"""
CREATE OR REPLACE TEMP TABLE superseded AS
SELECT target.position AS position, newer.position AS superseded_by,
       CASE WHEN newer.because = 'error' THEN {NEVER} ELSE newer.known_on END AS known_to
FROM event AS newer JOIN event AS target ON target.event_id = newer.supersedes_id
WHERE newer.position > $after
"""  # noqa: S608 # constants of this module
_MARK_SUPERSEDED: Final = """
UPDATE event SET known_to = superseded.known_to, superseded_by = superseded.superseded_by
FROM superseded WHERE event.position = superseded.position
"""
_KEEP_ORDER: Final = """
WITH RECURSIVE up AS (
  SELECT position, supersedes_id FROM event
  WHERE position > $after AND supersedes_id IS NOT NULL AND type <> 'event_retracted'
  UNION ALL
  SELECT up.position, target.supersedes_id
  FROM up JOIN event AS target ON target.event_id = up.supersedes_id
  WHERE target.supersedes_id IS NOT NULL
),
root AS (
  SELECT up.position, target.position AS order_position
  FROM up JOIN event AS target ON target.event_id = up.supersedes_id
  WHERE target.supersedes_id IS NULL
)
UPDATE event SET order_position = root.order_position FROM root WHERE event.position = root.position
"""
_BATCH_EVENT: Final = """
CREATE OR REPLACE TEMP TABLE batch_event AS
SELECT event.position, event.order_position, event.type, batch.data, event.effective_earliest, event.effective_latest,
       event.known_on, event.known_to, event.supersedes_id IS NOT NULL AS is_correction
FROM batch JOIN event ON event.position = batch.position
"""


class Building:
    """A read model file that is being written. Use as a context manager; closing makes the file complete."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self.path, self.catalogue = path, catalogue
        self.connection = duckdb.connect(
            str(path), config={"threads": 2, "preserve_insertion_order": True, "memory_limit": "1500MB"}
        )
        self._run("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")

    def __enter__(self) -> Building:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def create(self, reference: Path) -> None:
        """Make the tables, functions and views of an empty read model."""
        run = self._run
        run("BEGIN")
        run("CREATE TABLE meta (position BIGINT, digest VARCHAR, fingerprint VARCHAR, duckdb_version VARCHAR)")
        run("INSERT INTO meta VALUES (0, '', $1, version())", [self.catalogue.fingerprint])
        self._run(self.catalogue.functions)
        for path in sorted(reference.glob("*.csv")):
            self._load_reference(path)
        self._empty_batch()
        for file in self.catalogue.facts:
            if file.name == "event":
                run(
                    f"CREATE TABLE event AS SELECT *, position AS order_position, {FOREVER} AS known_to,"  # noqa: S608 # our file
                    f" NULL::BIGINT AS superseded_by FROM ({file.sql}) LIMIT 0"
                )
                run(_BATCH_EVENT)
            else:
                run(f"CREATE TABLE {file.name} AS {file.sql}")
            self._comment("TABLE", file)
        run("COMMENT ON TABLE meta IS 'One row: the part of the record that this read model holds.'")
        for file in self.catalogue.views:
            self._create_view(file)
        run("COMMIT")

    def create_own(self, notes: Callable[[str], None]) -> None:
        """Make the user's own views. One with a mistake is left out, with a note."""
        try:
            files = self.catalogue.own_in_order()
        except QueryFailed as failed:
            notes(f"own views are left out: {failed.what}")
            return
        for file in files:
            self._run("BEGIN")
            try:
                self._create_view(file)
            except duckdb.Error as failed:
                self._run("ROLLBACK")
                notes(f"{file.path} is left out: {str(failed).splitlines()[0]}")
            else:
                self._run("COMMIT")

    def take(self, batches: Iterator[pa.Table], progress: Callable[[int], None]) -> None:
        """Take the events of the batches, in order, each batch in one transaction."""
        for batch in batches:
            if batch.num_rows == 0:
                continue
            self._take(batch)
            progress(batch["position"][-1].as_py())

    def finish(self, digest: str) -> None:
        """Write the digest of the head, and everything into the one file."""
        self._run("UPDATE meta SET digest = $1", [digest])
        self._run("CHECKPOINT")

    def position(self) -> int:
        """The position of the last event taken."""
        return int(self._run("SELECT position FROM meta")[0][0])

    def _take(self, batch: pa.Table) -> None:
        after = self.position()
        first, last = batch["position"][0].as_py(), batch["position"][-1].as_py()
        if first != after + 1 or last - first + 1 != batch.num_rows:
            raise IntegrityTrouble(f"events {first} to {last} do not follow e{after}", hint="run `policytrack verify`")
        run = self._run
        self.connection.register("arrow_batch", batch.cast(_BATCH))
        run("BEGIN")
        try:
            run("CREATE OR REPLACE TEMP TABLE batch AS FROM arrow_batch")
            run(_NEW_EVENTS.format(event=self._fact("event").sql))
            self._resolve(after)
            run(_BATCH_EVENT)
            for file in self.catalogue.facts:
                if file.name != "event":
                    run(f"INSERT INTO {file.name} {file.sql}")
            run("UPDATE meta SET position = $1, digest = ''", [last])
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise
        finally:
            self.connection.unregister("arrow_batch")

    def _resolve(self, after: int) -> None:
        """Let corrections and retractions of this batch take effect, on this batch and on all before it."""
        run = self._run
        run(_SUPERSEDED, {"after": after})
        if run("SELECT count(*) FROM superseded")[0][0] == 0:
            return
        run(_MARK_SUPERSEDED)
        run(_KEEP_ORDER, {"after": after})
        for file in self.catalogue.facts:
            if file.name != "event":
                run(
                    f"UPDATE {file.name} SET known_to = superseded.known_to FROM superseded"  # noqa: S608 # our table
                    f" WHERE {file.name}.position = superseded.position"
                )

    def _run(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """Run a statement to its end: a result that is not fetched would keep the connection busy."""
        rows: list[tuple[Any, ...]] = self.connection.execute(sql, parameters).fetchall()
        return rows

    def _fact(self, name: str) -> SqlFile:
        return next(file for file in self.catalogue.facts if file.name == name)

    def _empty_batch(self) -> None:
        self.connection.register("arrow_batch", _BATCH.empty_table())
        self._run("CREATE OR REPLACE TEMP TABLE batch AS FROM arrow_batch")
        self.connection.unregister("arrow_batch")

    def _load_reference(self, path: Path) -> None:
        names = path.open(encoding="utf-8").readline().strip().split(",")
        text = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        self.connection.register("arrow_reference", arrow_csv.read_csv(path, convert_options=text))
        table = f"reference_{path.stem}"
        self._run(f"CREATE TABLE {table} AS FROM arrow_reference")
        self._run(f"COMMENT ON TABLE {table} IS 'Reference data: events/reference/{path.name}.'")
        self.connection.unregister("arrow_reference")

    def _create_view(self, file: SqlFile) -> None:
        run = self._run
        if file.takes_dates or file.name in {view.name for view in self.catalogue.views}:
            run(f"CREATE OR REPLACE MACRO {file.name}_at(p_as_of, p_known_at) AS TABLE {file.sql}")
            source = f"SELECT * FROM {file.name}_at(as_of(), known_at())"  # noqa: S608 # the file's own name
        else:
            source = file.sql
        if not file.is_internal:
            run(f"CREATE OR REPLACE VIEW {file.name} AS {source}")
            self._comment("VIEW", file)

    def _comment(self, kind: str, file: SqlFile) -> None:
        run = self._run
        run(f"COMMENT ON {kind} {file.name} IS {_quoted(file.comment)}")
        for column, text in file.column_comments.items():
            run(f"COMMENT ON COLUMN {file.name}.{column} IS {_quoted(text)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
