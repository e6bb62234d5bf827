"""Tables of the report at every pair of dates: each row with the rectangles of dates in which it does not change.

A table is computed at the pairs of dates at which it can change, which the facts that it reads name: all days in them,
and the day after each day until which something lasts. If there are too many pairs, the table is computed for ends of
months, quarters or years, or only at the dates of the report, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from policytrack import resources
from policytrack.questions.ask import question_sql
from policytrack.readmodel import sql_tokens
from policytrack.readmodel.sql_files import PUBLISHED_STEPS, Catalogue

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

STEPS: Final = ("day", "month", "quarter", "year", "last")
"""Periods at whose ends a table is computed, the finest first; `last` is the dates of the report alone."""
MOST_COMPUTED: Final = 600_000
"""Rows that are computed for one table. On the demo ledger, 90,000 take a second of processor time."""
MOST_READ: Final = 20_000_000
"""Rows of facts times pairs of dates that are read for one table, also where few rows come of them: about 6 s."""
MOST_AT_ONE_PAIR: Final = 50_000
"""Rows of a table at one pair of dates; a file with more would be slow to open."""
_KNOWN: Final = ("known_on", "known_from")
_KNOWLEDGE: Final = (*_KNOWN, "known_to", "order_known_on")
_FIRST_DAYS: Final = ("effective_latest", "effective_earliest", "effective_on", "effective_from", "effective_to")
"""Columns with the day from which something counts; after any other day, something may end."""
_COLUMNS: Final = (
    "SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)"
    " WHERE data_type = 'DATE' ORDER BY table_name, column_index"
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows of a table with the rectangles of dates in which they are so, computed for the ends of a period.

    `too_many` is the number of rows at the dates of the report when these alone are too many; then there are none.
    """

    step: str
    rows: pa.Table
    too_many: int = 0


class Timelines:
    """Computes tables of the report at every pair of dates up to the coordinates of a session."""

    def __init__(self, session: Session, filters: Mapping[str, Any]) -> None:
        self._session = session
        self._filters = {name: list(filters.get(name) or ()) for name in ("country", "activity", "firm")}
        self._count = self._number("SELECT count(*) AS count FROM event", {})
        """Events of the ledger: a table of a small one is not counted, which takes as long as computing it."""
        self._days: dict[str, list[str]] = {}
        for row in session.query(_COLUMNS).to_pylist():
            self._days.setdefault(row["table_name"], []).append(row["column_name"])

    def of(self, question: str, views: tuple[str, ...]) -> Timeline:
        """Return the rows of a query over `pair` that reads these views."""
        rows = question_sql(question)
        given = {name: value for name, value in self._filters.items() if f"${name}" in rows}
        pairs = self._pairs(views)
        step, too_many = self._step(pairs, self._read(views), rows, given)
        sql = f"WITH given AS MATERIALIZED ({rows})\nFROM ({question_sql('report_merge')})"
        with self._session.temporary("pair", f"WITH {pairs}\nFROM pair{' LIMIT 0' * bool(too_many)}", {"step": step}):
            return Timeline(step, self._session.query(sql, given).flatten(), too_many)

    def _read(self, views: tuple[str, ...]) -> int:
        """Return how many rows of facts and steps the views read at each pair of dates."""
        return sum(self._number(f"SELECT count(*) AS count FROM {name}", {}) for name in self._tables(views))  # noqa: S608 # names of our own tables

    def _step(self, pairs: str, read: int, rows: str, given: Mapping[str, Any]) -> tuple[str, int]:
        """Return the finest period for which not too many rows are computed; if one pair has too many, how many."""
        counting = "SELECT count(*) AS count FROM"

        @cache
        def at_last() -> int:
            one_pair = "SELECT 1 AS number, as_of() AS as_of, known_at() AS known_at"
            return self._number(f"WITH pair AS ({one_pair})\n{counting} ({rows})", given)

        for step in STEPS[:-1]:
            computed = self._number(f"WITH {pairs}\n{counting} pair", {"step": step})
            if computed * read > MOST_READ:
                continue
            if computed * self._count <= MOST_COMPUTED or computed * at_last() <= MOST_COMPUTED:
                return step, 0
        return STEPS[-1], at_last() if at_last() > MOST_AT_ONE_PAIR else 0

    def _number(self, sql: str, parameters: Mapping[str, Any]) -> int:
        (number,) = self._session.query(sql, parameters)["count"].to_pylist()
        return int(number)

    def _pairs(self, views: tuple[str, ...]) -> str:
        """Return the common table expressions up to `pair`: the pairs of dates at which these views can change."""
        tables = self._tables(views)
        moved = " UNION ALL ".join(part for table in tables for part in self._moved(table))
        learned = " UNION ALL ".join(
            f"SELECT {column} AS day FROM {table}"  # noqa: S608 # names of our own tables
            for table in tables
            for column in self._days[table]
            if column in (*_KNOWN, "known_to")
        )
        pairs = question_sql("report_pairs")
        return f"moved AS ({moved}),\nlearned AS ({learned}),\npair AS MATERIALIZED ({pairs})"

    def _tables(self, views: tuple[str, ...]) -> list[str]:
        return sorted(set().union(*(_tables_of(view) for view in views)) & self._days.keys())

    def _moved(self, table: str) -> Iterator[str]:
        columns = self._days[table]
        (known,) = (column for column in columns if column in _KNOWN)
        is_earliest = self._session.coordinates.dates == "earliest"
        counts = " AND step_counts(dates)" if table in PUBLISHED_STEPS else ""
        for column in columns:
            if column in _KNOWLEDGE or (column.endswith("_earliest") and not is_earliest):
                continue
            for day in (column,) if column in _FIRST_DAYS else (column, f"{column} + 1"):
                yield (
                    f"SELECT {day} AS day, {known} AS known_on FROM {table}"  # noqa: S608 # names of our own tables
                    f" WHERE {column} < DATE '9999-12-31'{counts}"
                )


@cache
def _tables_of(view: str) -> frozenset[str]:
    """Return the names of all tables that a view reads, itself or through other views, and of these views."""
    files = _view_files()
    found, next_ones = set[str](), [view]
    while next_ones:
        name = next_ones.pop()
        if name in found:
            continue
        found.add(name)
        if name in files:
            next_ones += [other.removesuffix("_at") for other in sql_tokens.names(files[name].sql)]
    return frozenset(found)


@cache
def _view_files() -> dict[str, Any]:
    return {file.name: file for file in Catalogue.load(resources.PROJECTIONS).view_files}
