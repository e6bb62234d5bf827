"""Translates a query of the DCB interface to the JSON that the function `policytrack.matching` takes."""

from __future__ import annotations

from typing import Any, Final

from eventsourcing.dcb.api import DCBQuery

from policytrack.store.rows import to_json

COLUMNS: Final = (
    "event.position, event.type, coalesce(event.other, convert_to(event.data, 'UTF8')), event.tags, event.recorded_at,"
    " event.digest,"
    " (SELECT before.digest FROM policytrack.dcb_events AS before WHERE before.position = event.position - 1)"
)
"""The columns that `rows.sequenced` expects."""
_EVERY: Final = f"SELECT {COLUMNS} FROM policytrack.dcb_events AS event WHERE position > %(after)s"  # noqa: S608
_MATCHING: Final = f"{_EVERY} AND position IN (SELECT policytrack.matching(%(items)s::jsonb, %(after)s))"
_PAGE: Final = " AND position <= %(upto)s ORDER BY position LIMIT %(limit)s"
LAST: Final = 2**63 - 1


def items_of(query: DCBQuery | None) -> str | None:
    """Return the items of a query as JSON; None when every event matches.

    An item that names a NUL character is left out: no event has a type or tag with one, and PostgreSQL refuses it.
    """
    items = query.items if query else []
    if not items:
        return None
    named = [{"types": sorted(set(item.types)), "tags": list(dict.fromkeys(item.tags))} for item in items]
    return to_json([item for item in named if "\0" not in "".join((*item["types"], *item["tags"]))])


def select_events(
    query: DCBQuery | None, after: int | None, limit: int | None, upto: int = LAST
) -> tuple[str, dict[str, Any]]:
    """Return the statement for the matching events in order, with the columns that `rows.sequenced` expects."""
    items = items_of(query)
    sql = (_EVERY if items is None else _MATCHING) + _PAGE
    return sql, {"items": items, "after": after or 0, "limit": limit, "upto": upto}
