"""Asking named questions. The SQL is in `sql/`; filters choose which rows are shown, never what is folded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from policytrack.errors import NotFound

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

Filters = Mapping[str, Any]
"""Filter values by name: lists of ids (`firm`, `country`, …) and single values (`since`, `overdue`, …)."""

_OF_KIND = ("firm", "facility", "project", "swap", "lot", "rule", "activity", "country", "region")
_CHOICES = ("status", "basis", "type", "subject", "figure_names")
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
)
_LISTS = frozenset((*_OF_KIND, *_CHOICES, *_OF_POLICY))
_FLAGS = frozenset(("overdue", "open", "all"))
_EVENT = re.compile(r"e?(\d+)", re.IGNORECASE)


@cache
def question_sql(name: str) -> str:
    """The SQL of a named question."""
    return files("policytrack.questions").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def ask(session: Session, name: str, filters: Filters | None = None) -> pa.Table:
    """The answer to a named question, as an Arrow table with the columns of its view."""
    sql = question_sql(name)
    given = dict(filters or {})
    return session.query(sql, {key: _bound(key, given.get(key)) for key in set(re.findall(r"\$(\w+)", sql))})


def _bound(key: str, value: Any) -> Any:
    if key in _LISTS:
        return list(value or ())
    return bool(value) if key in _FLAGS else value


def check_filters(session: Session, filters: Filters) -> None:
    """Refuse a filter that names nothing.

    Raises `NotFound` with near matches: an empty answer to a mistyped id would look like a zero.
    """
    asked = [(kind, id_) for kind in _OF_KIND for id_ in filters.get(kind) or ()]
    if not asked:
        return
    rows = ask(session, "registered").to_pylist()
    for kind, id_ in asked:
        known = {row["id"]: row for row in rows if row["kind"] == kind}
        if id_ not in known:
            raise _unknown(kind, id_, list(known.values()))


def _unknown(kind: str, id_: str, rows: list[dict[str, Any]]) -> NotFound:
    from policytrack.ids import near_matches  # it builds validators, which a question that is answered never needs

    names = {name: row["id"] for row in rows for name in (row["id"], row["name"], *(row["names"] or ()))}
    found = tuple(dict.fromkeys(names[match] for match in near_matches(id_, names, 5)))[:3]
    hint = f"close: {', '.join(found)}; nothing was chosen for you" if found else f"no {kind} is registered like that"
    return NotFound(f"no {kind} {id_!r}", hint=hint, candidates=found)


def resolve_event(session: Session, name: str) -> dict[str, Any] | None:
    """The event that `e14`, `14` or an event id names; None when the text names no event."""
    if match := _EVENT.fullmatch(name):
        rows = ask(session, "event", {"position": int(match[1]), "event_id": None}).to_pylist()
    else:
        rows = ask(session, "event", {"position": None, "event_id": name}).to_pylist()
    return rows[0] if rows else None
