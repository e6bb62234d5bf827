"""Runs built-in queries. The SQL is in `sql/`; filters select the rows shown, never the events that are folded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound
from policytrack.questions.field_filters import check_declared, check_fields

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

Filters = Mapping[str, Any]
"""Filter values by name: lists of ids (`firm`, `country`, …) and single values (`since`, `overdue`, …)."""

_OF_KIND = ("firm", "facility", "project", "swap", "lot", "rule", "support", "activity", "country", "region")
_NAMED = frozenset({"firm", "facility", "project"})
"""Kinds whose things can be identified by name instead of id."""
_CHOICES = ("status", "basis", "type", "subject", "figure_names", "what")
_OF_POLICY = (
    "check_name",
    "severity",
    "verdict",
    "year",
    "stage",
    "material",
    "jurisdiction",
    "kind",
    "instrument",
    "support_stage",
    "class",
)
_LISTS = frozenset((*_OF_KIND, *_CHOICES, *_OF_POLICY, "wanted"))
_FLAGS = frozenset(("overdue", "slipped", "open", "all"))
_OF_HOLDERS = {"holdings": "firm", "holding_figure": "holder"}
"""Queries about holdings, and the filter that names the firms: a list or one."""
_NARROWED = {
    "pending": ("projects", "swaps"),
    "pending_by_year": ("projects", "swaps"),
    "project": ("projects", "swaps"),
    "project_row": ("projects", "swaps"),
    "why_project": ("projects", "swaps"),
    "capacity_by_facility": ("facilities",),
    "capacity_by_unit": ("facilities",),
    "swaps": ("swaps",),
    "swap": ("swaps",),
}
"""Queries over folds or verdicts, and the things to which they are narrowed if a filter is about some of them."""
_WITH_FIELDS = {
    **dict.fromkeys(("pending", "pending_by_year"), "project"),
    **dict.fromkeys(("capacity_by_facility", "capacity_by_unit", "planned_retirements"), "facility"),
    "firms": "firm",
}
"""Queries that can be filtered by custom fields, and the things whose fields these are."""
_NOTHING = "-"
"""Not an id: a filter with only this selects nothing, and an empty filter would select everything."""
_TERMS = {
    **dict.fromkeys(("installed", "idle", "operating"), ("_facility_term",)),
    "planned_retirement": ("_planned_term",),
    "net": ("_facility_term", "_project_term"),
    **dict.fromkeys(("owed_retirement", "pending_gross", "pending_retiring", "pending_net"), ("_project_term",)),
}
"""For a national figure, the views of the events that it is made of. Planning a query of all takes longer."""
_SETTINGS = dict.fromkeys(("retiring", "net", "owed"), ("_project_setting", "_project_replaced"))
"""For a field of a project that its swaps make, the views of what makes it; for other fields, the first of these."""
_PLACES = ("country", "region", "facility")
_NARROWING = ("country", "region", "activity", "facility", "project", "swap")
_SUMMED = {"pending_by_year": "pending", "with_fields": "field_values"}
"""Queries over the rows of another, which they name as a table."""
_OF_CHECKS = frozenset({"check", "concerns"})
"""Queries over what the checks find, in which the ledger's own SQL takes part."""
_EVENT = re.compile(r"e?([0-9]{1,9})", re.IGNORECASE)


@cache
def question_sql(name: str) -> str:
    """Return the SQL of a built-in query."""
    sql = files("policytrack.questions").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    rows = _SUMMED.get(name)
    return f"WITH {rows} AS (\n{question_sql(rows)}\n)\n{sql}" if rows else sql


def ask(session: Session, name: str, filters: Filters | None = None) -> pa.Table:
    """Run a built-in query; return an Arrow table with the columns of its view.

    Raises `UsageError` and `NotFound` for a filter by a custom field that the ledger does not declare like that.
    """
    sql, bound = _prepared(name, _of_fields(session, name, filters))
    if name in _OF_CHECKS:
        return session.of_results(sql, bound, bound.get("check_name", ()))
    if name not in _OF_HOLDERS:
        with _about(session, name, bound):
            return session.query(sql, bound)
    firms = bound[_OF_HOLDERS[name]]
    with session.of_holders([firms] if isinstance(firms, str) else firms):
        return session.query(sql, bound)


def ask_some(session: Session, name: str, filters: Filters | None, start: int, limit: int) -> tuple[pa.Table, int]:
    """Run a built-in query; return at most `limit` of its rows from the one at `start`, and the number of all rows.

    Of a million events, loading all to show some would take a gigabyte.
    """
    if name in _OF_CHECKS or name in _OF_HOLDERS:
        table = ask(session, name, filters)
        return table.slice(start, limit), table.num_rows
    sql, bound = _prepared(name, _of_fields(session, name, filters))
    with _about(session, name, bound):
        if name not in _COUNTED_APART:
            return _counted(session, sql, bound, start, limit)
        rows = session.query(f"{sql}\nLIMIT {limit:d} OFFSET {start:d}", bound)
        if rows.num_rows < limit and (rows.num_rows or not start):  # the last ones: no need to count
            return rows, start + rows.num_rows
        counting = f"SELECT count(*) AS count FROM ({sql})"  # noqa: S608 # our own SQL; the values are bound
        (count,) = session.query(counting, bound)["count"].to_pylist()
    return rows, count


_COUNTED_APART: Final = frozenset({"log"})
"""Queries without a fold: counting their rows apart takes a fifth of the time of loading all. The others are
folds: most of their time is the fold, which is computed once for the rows and their number."""


def _counted(session: Session, sql: str, bound: Filters, start: int, limit: int) -> tuple[pa.Table, int]:
    found = session.query(
        f"WITH found AS MATERIALIZED ({sql})\n"  # noqa: S608 # our own SQL; the values are bound
        f"SELECT *, (SELECT count(*) FROM found) AS all_rows FROM found LIMIT {limit:d} OFFSET {start:d}",
        bound,
    )
    rows = found.drop_columns(["all_rows"])
    if not found.num_rows and start:  # after the last row
        (count,) = session.query(f"SELECT count(*) AS count FROM ({sql})", bound)["count"].to_pylist()  # noqa: S608
        return rows, count
    return rows, found["all_rows"][0].as_py() if found.num_rows else 0


def _prepared(name: str, filters: Filters | None) -> tuple[str, dict[str, Any]]:
    """Return the SQL of a built-in query and the values of its parameters."""
    sql, given = question_sql(name), filters or {}
    if name == "why":
        sql = _reading(sql, "asked_term", _TERMS[given["figure"]])
    elif name == "why_project":
        sql = _reading(sql, "asked_setting", _SETTINGS.get(given["field"], ("_project_setting",)))
    return sql, {key: _bound(key, given.get(key)) for key in set(re.findall(r"\$(\w+)", sql))}


def _of_fields(session: Session, name: str, filters: Filters | None) -> Filters:
    """Return the filters with the ids of the things whose custom fields have the values of the filter `field`."""
    given = filters or {}
    if not given.get("field") or name not in _WITH_FIELDS:
        return given
    kind = _WITH_FIELDS[name]
    check_fields(ask(session, "custom_fields").to_pylist(), given["field"], kind)
    found = ask(session, "with_fields", {"wanted": given["field"], "of_kind": kind})["id"].to_pylist()
    asked = given.get(kind)
    ids = [id_ for id_ in found if not asked or id_ in set(asked)]
    return {**given, kind: ids or [_NOTHING]}


def with_field_columns(session: Session, name: str, table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return the answer to a query with a column for each custom field, such as ``fields.node``, as text.

    An answer without firms, facilities or projects is returned unchanged. Raises `NotFound` for an undeclared field.
    """
    import pyarrow as pa

    kind = _WITH_FIELDS.get(name)
    wanted = [column.removeprefix("fields.") for column in columns if column.startswith("fields.")]
    if not wanted or f"{kind}_id" not in table.column_names:
        return table
    check_declared(ask(session, "custom_fields").to_pylist(), wanted)
    rows = ask(session, "field_values", {"wanted": wanted, "of_kind": kind}).to_pylist()
    values = {(row["id"], row["field_id"]): row["value"] for row in rows}
    ids = table[f"{kind}_id"].to_pylist()
    for field_id in dict.fromkeys(wanted):
        column = pa.array([values.get((id_, field_id)) for id_ in ids], pa.string())
        table = table.append_column(f"fields.{field_id}", column)
    return table


def _reading(sql: str, name: str, views: Sequence[str]) -> str:
    """Return a query that reads the rows of these views, at the coordinates of the session, under a name."""
    rows = "\nUNION ALL BY NAME\n".join(f"FROM {view}_at(as_of(), known_at())" for view in views)
    return sql.replace("WITH\n", f"WITH\n{name} AS (\n{rows}\n),\n", 1)


def _about(session: Session, name: str, bound: Filters) -> AbstractContextManager[None]:
    """Restrict a query to the things that its filters are about, if it is one that is narrowed."""
    if name == "holding_tree":  # computing the chains of all firms takes long in a large ledger
        return session.narrowed({"root": bound["holder"]})
    about = {**bound, name.removeprefix("why_"): [bound["id"]]} if "id" in bound else bound
    if name in _NARROWED and any(about.get(key) for key in _NARROWING):
        return narrowed(session, about, _NARROWED[name])
    return nullcontext()


def narrowed(session: Session, filters: Filters, kinds: Sequence[str]) -> AbstractContextManager[None]:
    """Restrict folds and verdicts to the facilities, projects or swaps (`kinds`) that the filters are about."""
    given = {key: list(filters.get(key) or ()) for key in _NARROWING}
    # Without a place, a facility that is not registered is meant too.
    wanted = [kind for kind in kinds if kind != "facilities" or any(given[key] for key in _PLACES)]
    asked: dict[str, list[str] | str] = {}
    if wanted:
        columns = ", ".join((*(f"asked_{kind}" for kind in wanted), "read_projects", "read_facilities"))
        sql = f"SELECT {columns} FROM ({question_sql('asked')})"  # noqa: S608 # names of our own columns
        (asked,) = session.query(sql, given).to_pylist()
    if "facilities" in kinds and len(given["activity"]) == 1:
        asked["asked_activity"] = given["activity"][0]
    return session.narrowed(asked)


def _bound(key: str, value: Any) -> Any:
    if key in _LISTS:
        return list(value or ())
    return bool(value) if key in _FLAGS else value


def check_filters(session: Session, filters: Filters) -> dict[str, Any]:
    """Return the filters with ids instead of names: a firm, facility, project or country may have any of its names.

    Raises `NotFound` with similar names if a name matches nothing or several things. An empty answer to a mistyped id
    would look like zero, and choosing one of several would be a guess.
    """
    asked = [(kind, id_) for kind in _OF_KIND for id_ in filters.get(kind) or ()]
    if not asked:
        return dict(filters)
    found = ask(session, "registered_ids", {"ids": [id_ for _, id_ in asked]}).to_pylist()
    if {(row["kind"], row["id"]) for row in found}.issuperset(asked):
        return dict(filters)  # without the names of all that is registered, which may be 100,000 things
    rows = ask(session, "registered").to_pylist()
    return {
        key: [_identified(key, name, rows) for name in value or ()] if key in _OF_KIND else value
        for key, value in filters.items()
    }


def identify(session: Session, kind: str, name: str) -> str:
    """Return the id for an id or any name of a thing. Raises `NotFound` like `check_filters`."""
    return str(check_filters(session, {kind: [name]})[kind][0])


def _identified(kind: str, name: str, rows: list[dict[str, Any]]) -> str:
    known = {row["id"]: row for row in rows if row["kind"] == kind}
    if name in known:
        return name
    if kind in _NAMED:
        called = sorted(id_ for id_, row in known.items() if folded(name) in {folded(other) for other in _names(row)})
        if len(called) == 1:
            return str(called[0])
        if called:
            hint = f"write its id: {', '.join(called)}"
            raise NotFound(f"{name!r} is a name of several", hint=hint, candidates=tuple(called))
    if kind == "country" and (code := _country(name)) is not None:
        if code in known:
            return code
        raise NotFound(f"no country {code}", hint=f"{code} is {name!r}: nothing there is registered")
    raise _unknown(kind, name, list(known.values()))


def _country(name: str) -> str | None:
    from policytrack.values.country_names import code_of_name, codes_of_several  # loaded only for an unknown id

    if several := codes_of_several(name):
        raise NotFound(f"{name!r} is a name of several", hint=f"write the code: {several}")
    return code_of_name(name)


def folded(text: str) -> str:
    """Return a name in lower case, NFKC and single spaces, so that equal names compare equal."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["id"], row["name"], *(row["names"] or ()))


def _unknown(kind: str, id_: str, rows: list[dict[str, Any]]) -> NotFound:
    from policytrack.values.ids import (
        near_matches,  # it builds validators, which a question that is answered never needs
    )

    names = {name: row["id"] for row in rows for name in _names(row)}
    found = tuple(dict.fromkeys(names[match] for match in near_matches(id_, names, 5)))[:3]
    hint = f"similar: {', '.join(found)}; nothing was chosen for you" if found else f"no {kind} is registered like that"
    return NotFound(f"no {kind} {id_!r}", hint=hint, candidates=found)


def resolve_event(session: Session, name: str) -> dict[str, Any] | None:
    """Return the event for `e14`, `14` or an event id; None when there is none."""
    if match := _EVENT.fullmatch(name):
        rows = ask(session, "event", {"position": int(match[1]), "event_id": None}).to_pylist()
    else:
        rows = ask(session, "event", {"position": None, "event_id": name}).to_pylist()
    return rows[0] if rows else None
