"""The data package of a ledger: what `export DIR` writes beside the rows, after the Data Package standard.

The same ledger at the same coordinates gives the same bytes: nothing here reads a clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

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
    """A file of a package: its name as a resource, its path, what a row is, its columns, and what was written."""

    name: str
    path: str
    meaning: str
    columns: tuple[ColumnInfo, ...]
    rows: int
    size: int
    sha256: str


def views_of(session: Session, names: Iterable[str] | None = None) -> list[tuple[ViewInfo, Any]]:
    """Views with their rows as Arrow tables in a fixed order, each field with the comment of its column.

    The tables of steps are among them only where their names are given: they hold all dates, not one.
    """
    from policytrack.questions.ask import question_sql

    wanted = None if names is None else set(names)
    chosen = session.views()
    if wanted is not None:
        chosen = [view for view in (*chosen, *session.step_tables()) if view.name in wanted]
    sql = question_sql("view")
    return [(view, _commented(session.exactly(sql, {"view": view.name}), view.columns)) for view in chosen]


def sources_of(session: Session) -> tuple[Any, tuple[ColumnInfo, ...]]:
    """The sources of all events, one row an event and source, and the columns."""
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
    """The type of Table Schema for one of DuckDB; a list or a struct stands in a CSV as JSON."""
    return next((kind for pattern, kind in _KINDS if pattern.match(duckdb_type)), "string")


def descriptor(citation: Citation, files: Sequence[PackageFile]) -> str:
    """`datapackage.json`: every file with its size, digest and schema, and the coordinates."""
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
    """`CITATION.txt`."""
    return citation.line("data package") + "\n"


def readme(citation: Citation, files: Sequence[PackageFile]) -> str:
    """`README.md`: what is in the package, where its figures stand in time, and how to read them."""
    parts = citation.parts()
    rows = "\n".join(f"| `{file.path}` | {file.rows:,} | {_cell(file.meaning)} |" for file in files)
    where = "\n".join(f"| {name} | {value} |" for name, value in parts.items() if value)
    return _README.format(ledger=citation.ledger, where=where, rows=rows, line=citation.line("data package"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def is_ours(text: str) -> bool:
    """Whether a `datapackage.json` was written by an export."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, Mapping) and isinstance(found.get("policytrack"), Mapping)


_README: Final = """\
# policytrack ledger {ledger}: data package

The views of a policytrack ledger at one point of its three coordinates, with the whole record they are made from.

| coordinate | value |
|---|---|
{where}

`as_of` is when it is true in the world, `known_at` what was public by then, `head` the position of the last event in
the record. The same ledger exported at the same coordinates gives the same bytes.

| file | rows | a row is |
|---|---:|---|
{rows}

`dictionary.csv` says what every column means; `datapackage.json` says the same for programs, with the sha256 of every
file.

* Empty means unknown or not applicable, never zero. Figures are exact decimals; read them as decimals, not as floats.
* Figures of two activities have two units and are never added. Quota, capacity and output are three things.
* A list in a CSV file is JSON. A text that begins with `=`, `+`, `-` or `@` has an apostrophe before it there, so that
  no spreadsheet takes it for a formula; Parquet files have it as it is.
* `events.jsonl` is the record itself. It makes the same record again, at any coordinates:
  `policytrack init copy && policytrack -C copy import events.jsonl`.

## Cite as

{line}
"""
