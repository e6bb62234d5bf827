"""Answers tool calls with the Python API: every answer has its coordinates, and the sources behind its rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import UsageError, shortened
from policytrack.questions.ask import question_sql

if TYPE_CHECKING:
    from policytrack.api.explained import Explained
    from policytrack.api.ledger import OpenLedger
    from policytrack.api.result import Result

QUESTIONS: Final = (
    "capacity", "holdings", "pending", "planned_retirements", "series", "forecast", "swaps", "lots", "quotas",
    "policies", "support", "news", "log", "check",
)  # fmt: skip
"""What `ask` answers: methods of `policytrack.open(…)`, which are the commands of the same names."""
EXPLAINED: Final = {
    "national": "why", "project": "why_project", "holdings": "why_holdings", "quota": "why_quota",
}  # fmt: skip
"""What `why` explains, and the method that does."""
MOST_ROWS: Final = 500
_SUBJECTS: Final = {
    "project_id": "project", "facility_id": "facility", "firm_id": "firm", "swap_id": "swap", "lot_id": "lot",
    "rule_id": "rule", "quota_id": "quota", "support_id": "support",
}  # fmt: skip
_MOST_SUBJECTS: Final = 100
_MOST_SOURCES: Final = 50


def ask(ledger: OpenLedger, question: str, arguments: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return the rows of a question with coordinates and sources. Raises `UsageError` and what the API raises."""
    if question not in QUESTIONS:
        raise UsageError(f"there is no question {shortened(question)!r}", hint=f"use one of {', '.join(QUESTIONS)}")
    return shown(ledger, _called(getattr(ledger, question), arguments), limit)


def why(ledger: OpenLedger, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the explanation of a figure, with coordinates; each event has its sources. Raises as `ask` does."""
    if kind not in EXPLAINED:
        raise UsageError(f"there is no explanation of {shortened(kind)!r}", hint=f"use one of {', '.join(EXPLAINED)}")
    found: Explained = _called(getattr(ledger, EXPLAINED[kind]), arguments)
    return found.to_dict()


def diff(ledger: OpenLedger, arguments: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return the changes of national figures, happened and learned, with the sources of their events."""
    return shown(ledger, _called(ledger.diff, arguments), limit)


def search(ledger: OpenLedger, text: str, limit: int) -> dict[str, Any]:
    """Return things whose id or a name has the text, and events whose summary has it, with sources."""
    things = ledger.sql(question_sql("found_things"), {"text": text}, limit=MOST_ROWS)
    return {"things": shown(ledger, things, limit), "events": shown(ledger, ledger.log(text=text), limit)}


def schema(ledger: OpenLedger, name: str | None) -> dict[str, Any]:
    """Return the views, the columns of one, or the JSON Schema of an event type. Raises `NotFound`."""
    from policytrack.errors import NotFound
    from policytrack.events import EVENT_TYPES
    from policytrack.events.catalogue import json_schema_text
    from policytrack.values.ids import near_matches

    views = {view.name: view for view in ledger.views()}
    if name is None:
        listed = {view.name: view.comment for view in views.values()}
        return {**_coordinates(ledger), "views": listed, "events": sorted(EVENT_TYPES)}
    key = name.replace("-", "_")
    if key in EVENT_TYPES:
        return {**_coordinates(ledger), "event": key, "schema": _parsed(json_schema_text(EVENT_TYPES[key]))}
    if key not in views:
        close = tuple(near_matches(key, [*views, *EVENT_TYPES]))
        hint = f"similar: {', '.join(close)}" if close else "list them with schema, without a name"
        raise NotFound(f"no view or event type {shortened(name)!r}", hint=hint, candidates=close)
    columns = [{"column": one.name, "type": one.type, "meaning": one.comment} for one in views[key].columns]
    return {**_coordinates(ledger), "view": key, "meaning": views[key].comment, "columns": columns}


def sql(ledger: OpenLedger, query: str, parameters: Mapping[str, str] | None, limit: int) -> dict[str, Any]:
    """Return the rows of a query on the views, run in the sandbox. Raises `QueryFailed`."""
    return shown(ledger, ledger.sql(query, parameters, limit=limit), limit)


def shown(ledger: OpenLedger, result: Result, limit: int) -> dict[str, Any]:
    """Return at most `limit` rows of a result with its coordinates, and the sources of what the rows are about."""
    found = result.to_dict()
    rows = found.pop("rows")
    return {
        **found, "rows": rows[:limit], "rows_left_off": max(0, len(rows) - limit),
        **_sources_of(ledger, result, rows[:limit]),
    }  # fmt: skip


def _sources_of(ledger: OpenLedger, result: Result, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sources of the events of the rows; for rows without an event, of the things that they name.

    They are asked at the coordinates of the result, so none that was not public then is among them.
    """
    from policytrack.output.values import to_json

    events = [row["position"] for row in rows if isinstance(row.get("position"), int)]
    things = [f"{kind}:{row[column]}" for row in rows for column, kind in _SUBJECTS.items() if row.get(column)]
    things = things or [f"activity:{row['activity_id']}" for row in rows if row.get("activity_id")]
    chosen: list[Any] = list(dict.fromkeys(events or things))
    if not chosen:
        return {"sources": [], "sources_left_off": 0}
    at = {name: getattr(result.coordinates, name) for name in ("as_of", "known_at", "dates")}
    asked = ledger.at(**at, head=result.head)
    query = question_sql("documents_of_events" if events else "documents_of_things")
    found = asked.sql(query, {"subjects": to_json(chosen[:_MOST_SUBJECTS])}).rows()
    left = max(0, len(found) - _MOST_SOURCES)
    return {
        "sources": found[:_MOST_SOURCES],
        "sources_left_off": left,
        "subjects_left_off": max(0, len(chosen) - _MOST_SUBJECTS),
    }


def _coordinates(ledger: OpenLedger) -> dict[str, Any]:
    """Return the coordinates of an answer that has no rows of the ledger."""
    found = ledger.sql("SELECT 1").to_dict()
    return {name: found[name] for name in ("ledger", "as_of", "known_at", "dates", "head", "digest", "policytrack")}


def _parsed(text: str) -> Any:
    import json

    return json.loads(text)


def _called(method: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a method of the API with named arguments. Raises `UsageError` for one that it does not have, or needs."""
    parameters = inspect.signature(method).parameters
    known = [name for name, one in parameters.items() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    for name in arguments:
        if name not in known:
            raise UsageError(
                f"{shortened(str(name))!r} is not an argument of {method.__name__}", hint=f"use {', '.join(known)}"
            )
    for name in known:
        if parameters[name].default is inspect.Parameter.empty and name not in arguments:
            raise UsageError(f"{method.__name__} needs {name}", hint=f"its arguments are {', '.join(known)}")
    return method(**arguments)
