"""Writes the SQL that makes a read model over the Parquet files of a lake: its tables as views, and the same views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from policytrack.readmodel import views
from policytrack.readmodel.sql_files import Catalogue
from policytrack.readmodel.statements import identifier, quoted

_OF_SUPERSEDED: Final[Mapping[str, str]] = {
    "known_to": "coalesce(superseded.known_to, DATE '9999-12-31')",
    "superseded_by": "superseded.superseded_by",
}
"""The columns of facts that a later event may change; `superseded.parquet` has them for the events that were."""
_HEAD: Final = """\
-- Makes the views of policytrack over the files of this folder, in DuckDB 1.5 or later:
--   cd FOLDER && duckdb -init views.sql
-- From another folder, first: SET VARIABLE lake = 'FOLDER';
-- The dates are today until they are set: SET VARIABLE as_of = DATE '2025-10-31'; and known_at likewise.
CREATE MACRO lake_files(p_path) AS concat(coalesce(getvariable('lake')::VARCHAR, '.'), '/', p_path);
"""


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table of a lake: its columns with their types in DuckDB, and what it holds."""

    name: str
    kind: Literal["facts", "computed", "reference"]
    columns: Mapping[str, str]


def views_sql(tables: Iterable[LakeTable], catalogue: Catalogue) -> str:
    """Return the statements that make each table and each view of policytrack over a lake's files.

    A ledger's own views and checks are not among them: they would run without limits.
    """
    statements = [_HEAD.strip(), *map(_table, tables), catalogue.functions.sql.strip()]
    for file, shared in views.ours(catalogue):
        statements += views.statements_of(file, shared)
    return "".join(statement.rstrip().rstrip(";") + ";\n\n" for statement in statements)


def files_of(table: LakeTable) -> str:
    """Return the pattern of a table's files."""
    if table.kind == "facts":
        return f"facts/{table.name}/*.parquet"
    if table.kind == "reference":
        return f"reference/{table.name}.parquet"
    return "capacity_step/*/*.parquet" if table.name == "capacity_step" else f"{table.name}.parquet"


def _table(table: LakeTable) -> str:
    columns = ",\n".join(f"  {source} AS {identifier(name)}" for name, source in _columns(table))
    hive = ", hive_partitioning = true, hive_types_autocast = false" if table.name == "capacity_step" else ""
    source = f"FROM read_parquet(lake_files({quoted(files_of(table))}){hive}) AS part"
    if table.kind == "facts":
        source += "\nLEFT JOIN read_parquet(lake_files('superseded.parquet')) AS superseded USING (position)"
    return f"CREATE VIEW {identifier(table.name)} AS\nSELECT\n{columns}\n{source}"


def _columns(table: LakeTable) -> Iterator[tuple[str, str]]:
    for name, type_ in table.columns.items():
        if table.kind == "facts" and name in _OF_SUPERSEDED:
            yield name, _OF_SUPERSEDED[name]
        else:
            yield name, f"part.{identifier(name)}::{type_}"
