"""The SQL page: a query of the user's own, run by the sandbox of `policytrack sql` with limits for pages."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policytrack.errors import Busy, UsageError
from policytrack.output.values import rows_of
from policytrack.serve.asked import Asked, Reply
from policytrack.serve.cells import Cell, Part
from policytrack.serve.pages import MOST_ROWS, Page, Section, render
from policytrack.serve.parameters import Parameter

if TYPE_CHECKING:
    import pyarrow as pa

SECONDS: Final = 15
"""Time limit of a query."""
MOST_SQL_ROWS: Final = 100_000
"""Rows of a query; more are cut, and the page says so."""
LONGEST_SQL: Final = 8000
"""Characters of a query: an address holds it."""
_ANSWER_BYTES: Final = 64 << 20
_RUNNING: Final = threading.BoundedSemaphore(2)
"""Queries that run at a time, since each has a process with up to 2 GiB."""
QUERY: Final = Parameter("q", f"One SELECT over the views, of at most {LONGEST_SQL:,} characters.")
"""The parameter that holds the query."""


@dataclass(frozen=True, slots=True)
class SqlRows:
    """The rows of a query, and whether there were more than `MOST_SQL_ROWS`."""

    table: pa.Table
    is_cut: bool


def sql_rows(asked: Asked, query: str | None) -> SqlRows:
    """Run a query in the sandbox. Raises `UsageError`, `QueryFailed`, or `Busy` while two other queries run."""
    from policytrack.readmodel.sandbox import run_sql

    if not query or not query.strip():
        raise UsageError("there is no query", hint="write one, such as: FROM national_capacity")
    if len(query) > LONGEST_SQL:
        raise UsageError(
            f"the query has {len(query):,} characters",
            hint=f"use at most {LONGEST_SQL:,}, or `policytrack sql -f FILE`",
        )
    if not _RUNNING.acquire(blocking=False):
        raise Busy("two other queries are running", hint=f"try again; each ends within {SECONDS} s")
    try:
        table = run_sql(
            asked.session.path, asked.coordinates, query, limit=MOST_SQL_ROWS + 1, timeout_seconds=SECONDS,
            answer_bytes=_ANSWER_BYTES, today=asked.today,
        )  # fmt: skip
    finally:
        _RUNNING.release()
    return SqlRows(table.slice(0, MOST_SQL_ROWS), table.num_rows > MOST_SQL_ROWS)


def sql_page(asked: Asked) -> Reply:
    """The page of a query and its rows."""
    query = asked.values((QUERY,))["q"] or ""
    links = asked.links
    sections = []
    note = ""
    if query:
        from policytrack.serve.downloads import FORMATS

        rows = sql_rows(asked, query)
        names = rows.table.column_names
        cells = [[_cell(value) for value in row.values()] for row in rows_of(rows.table.slice(0, MOST_ROWS))]
        figures = [any(row[at].is_number for row in cells) for at in range(len(names))]
        files = [(format_, links.to(f"/api/v1/sql.{format_}", {"q": query})) for format_ in FORMATS]
        columns = list(zip(names, figures, strict=True))
        sections.append(Section("rows", "Rows", "no rows", columns, cells, rows.table.num_rows, files=files))
        note = f"Only the first {MOST_SQL_ROWS:,} rows were read." if rows.is_cut else ""
    more = {"query": query, "longest": LONGEST_SQL, "seconds": SECONDS, "note": note}
    return render(asked, Page("SQL", sections=sections, template="sql.html", more=more))


def _cell(value: object) -> Cell:
    from decimal import Decimal

    from policytrack.output.pretty import pretty

    return Cell((Part(pretty(value)),), isinstance(value, Decimal | int | float) and not isinstance(value, bool))
