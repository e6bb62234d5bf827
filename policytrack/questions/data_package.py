"""Builds the data package of a ledger (Data Package standard): the files that `export DIR` writes beside the rows.

The same ledger at the same coordinates gives the same bytes, because this module does not read the clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policytrack.output.markdown import markdown_cell

if TYPE_CHECKING:
    from policytrack.questions.citation import Citation
    from policytrack.readmodel.session import ColumnInfo, Session, ViewInfo

DESCRIPTOR: Final = "datapackage.json"
_KINDS: Final = (
    (re.compile(r".*\]"), "array"),
    (re.compile(r"STRUCT|MAP|JSON"), "object"),
    (re.compile(r"DECIMAL|DOUBLE|FLOAT"), "number"),
    (re.compile(r"U?(BIG|HUGE|SMALL|TINY)?INT(EGER)?"), "integer"),
    (re.compile(r"BOOLEAN"), "boolean"),
    (re.compile(r"TIMESTAMP"), "datetime"),
    (re.compile(r"DATE"), "date"),
)
_MEDIA: Final = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl",
}


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A written file of a package: its resource name, path, meaning of a row, columns, size and checksum."""

    name: str
    path: str
    meaning: str
    columns: tuple[ColumnInfo, ...]
    rows: int
    size: int
    sha256: str


def views_of(session: Session, names: Iterable[str] | None = None) -> list[tuple[ViewInfo, Any]]:
    """Return views with their rows as Arrow tables in a fixed order, each field with its column comment.

    Step tables are included only if named, because they hold all dates, not one.
    """
    from policytrack.questions.ask import question_sql

    wanted = None if names is None else set(names)
    chosen = session.views()
    if wanted is not None:
        chosen = [view for view in (*chosen, *session.step_tables()) if view.name in wanted]
    sql = question_sql("view")
    return [(view, _commented(session.of_view(view.name, sql), view.columns)) for view in chosen]


def sources_of(session: Session) -> tuple[Any, tuple[ColumnInfo, ...]]:
    """Return the sources of all events, one row per event and source, and the columns."""
    from policytrack.questions import ask
    from policytrack.questions.ask import question_sql
    from policytrack.readmodel.session import ColumnInfo
    from policytrack.readmodel.sql_tokens import column_comments

    table = ask(session, "package_sources")
    comments = column_comments(question_sql("package_sources"))
    kinds = {"int64": "BIGINT", "bool": "BOOLEAN"}
    columns = tuple(
        ColumnInfo(field.name, kinds.get(str(field.type), "VARCHAR"), comments[field.name]) for field in table.schema
    )
    return _commented(table, columns), columns


def _commented(table: Any, columns: Iterable[ColumnInfo]) -> Any:
    import pyarrow as pa

    comments = {column.name: column.comment for column in columns}
    return table.cast(
        pa.schema(
            field.with_metadata({**(field.metadata or {}), b"comment": comments.get(field.name, "").encode()})
            for field in table.schema
        )
    )


def field_type(duckdb_type: str) -> str:
    """Return the Table Schema type for a DuckDB type; lists and structs are JSON in CSV files."""
    return next((kind for pattern, kind in _KINDS if pattern.match(duckdb_type)), "string")


def descriptor(citation: Citation, files: Sequence[PackageFile]) -> str:
    """Return the text of `datapackage.json`: every file with size, checksum and schema, and the coordinates."""
    name = re.sub(r"[^a-z0-9._-]+", "-", citation.ledger.lower()).strip("-") or "ledger"
    package = {
        "profile": "data-package",
        "name": name,
        "title": f"policytrack ledger {citation.ledger}",
        "description": citation.line("data package"),
        "policytrack": citation.parts(),
        "resources": [_resource(file) for file in files],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(file: PackageFile) -> dict[str, Any]:
    ending = file.path.rsplit(".", 1)[-1]
    resource: dict[str, Any] = {
        "name": file.name,
        "path": file.path,
        "description": file.meaning,
        "format": ending,
        "mediatype": _MEDIA[ending],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }
    if file.columns:
        resource["profile"] = "tabular-data-resource"
        resource["schema"] = {"fields": [_field(column) for column in file.columns], "missingValues": [""]}
    if ending != "parquet":
        resource["encoding"] = "utf-8"
    return resource


def _field(column: ColumnInfo) -> dict[str, str]:
    kind = field_type(column.type)
    field = {"name": column.name, "type": kind, "description": column.comment}
    return {**field, "format": "any"} if kind == "datetime" else field


def citation_text(citation: Citation) -> str:
    """Return the text of `CITATION.txt`."""
    return citation.line("data package") + "\n"


def readme(citation: Citation, files: Sequence[PackageFile]) -> str:
    """Return the text of `README.md`: the content of the package, its coordinates, and how to read the files."""
    parts = citation.parts()
    rows = "\n".join(f"| `{file.path}` | {file.rows:,} | {markdown_cell(file.meaning)} |" for file in files)
    where = "\n".join(f"| {name} | {markdown_cell(value)} |" for name, value in parts.items() if value)
    ledger, line = markdown_cell(citation.ledger), markdown_cell(citation.line("data package"))
    return _README.format(ledger=ledger, where=where, rows=rows, line=line)


def is_ours(text: str) -> bool:
    """Return whether policytrack wrote a `datapackage.json`."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):  # nested too deeply
        return False
    return isinstance(content, Mapping) and isinstance(content.get("policytrack"), Mapping)


_README: Final = """\
# policytrack ledger {ledger}: data package

The views of a policytrack ledger at one point of its three coordinates, with all events they are computed from.

| coordinate | value |
|---|---|
{where}

`as_of` is the valid date: the world as it was on this date. `known_at` is the knowledge date: only information public
by this date is used. `head` is the position of the last event of the ledger. The same ledger exported at the same
coordinates gives the same bytes.

| file | rows | a row is |
|---|---:|---|
{rows}

`dictionary.csv` says what every column means; `datapackage.json` says the same for programs, with the sha256 of every
file.

* Empty means unknown or not applicable, never zero. Figures are exact decimals; read them as decimals, not as floats.
* Do not add figures of two activities: their units differ. Do not add quota, capacity and output.
* A list in a CSV file is JSON. There, a text that begins with `=`, `+`, `-` or `@` has an apostrophe before it, so that
  a spreadsheet program does not run it as a formula. Parquet files have the text unchanged.
* `events.jsonl` contains all events. This command makes the same ledger from it, for any coordinates:
  `policytrack init copy && policytrack -C copy import events.jsonl`.

## Cite as

{line}
"""
