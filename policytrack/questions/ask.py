"""Asking named questions. The SQL is in `sql/`; filters choose which rows are shown, never what is folded."""

from __future__ import annotations

import re
import unicodedata
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
_NAMED = frozenset({"firm", "facility", "project"})
"""Kinds that may be given by name."""
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
_EVENT = re.compile(r"e?([0-9]{1,9})", re.IGNORECASE)


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


def check_filters(session: Session, filters: Filters) -> dict[str, Any]:
    """The filters, each thing under its id: a firm, facility or project may be given by any of its names.

    Raises `NotFound` with near matches for what names nothing, or several things: an empty answer to a mistyped id
    would look like a zero, and nothing is chosen for the person who asks.
    """
    asked = [(kind, id_) for kind in _OF_KIND for id_ in filters.get(kind) or ()]
    if not asked:
        return dict(filters)
    rows = ask(session, "registered").to_pylist()
    return {
        key: [_identified(key, name, rows) for name in value or ()] if key in _OF_KIND else value
        for key, value in filters.items()
    }


def identify(session: Session, kind: str, name: str) -> str:
    """The id of what is called so: its id itself, or any of its names. Raises `NotFound` like `check_filters`."""
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
    raise _unknown(kind, name, list(known.values()))


def folded(text: str) -> str:
    """A name without what does not tell names apart: case, width of letters, spaces around and between words."""
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
    """The event that `e14`, `14` or an event id names; None when the text names no event."""
    if match := _EVENT.fullmatch(name):
        rows = ask(session, "event", {"position": int(match[1]), "event_id": None}).to_pylist()
    else:
        rows = ask(session, "event", {"position": None, "event_id": name}).to_pylist()
    return rows[0] if rows else None
