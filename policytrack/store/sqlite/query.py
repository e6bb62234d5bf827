"""Translates a query of the DCB interface to SQL over the event and tag tables.

An event matches an item if it has one of the item's types (or the item names none) and all of the item's tags. It
matches a query if it matches any item, or the query has none. Items are passed as JSON in a few subselects, because
SQLite limits the number of compound selects to 500.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

Parameters = dict[str, Any]
Statement = tuple[str, Parameters]

_COLUMNS: Final = (
    "e.position, e.type, CAST(e.data AS BLOB), e.tags, e.recorded_at, e.digest, "
    "(SELECT p.digest FROM dcb_events AS p WHERE p.position = e.position - 1)"
)
_encode = json.JSONEncoder().encode
_MOST_GROUPS: Final = 100
"""The number of groups of one-tag items with their own subselect; SQLite allows 500 subselects."""

# CROSS JOIN fixes the order of the join: from the wanted tags to the tag index, never a scan of all events.
_ONE_TAG: Final = (
    "SELECT t.position FROM json_each(:tags{n}) AS wanted "
    "CROSS JOIN dcb_tags AS t ON t.tag = wanted.value AND t.position > :after"
)
_AND_TYPE: Final = (
    " CROSS JOIN dcb_events AS y ON y.position = t.position AND y.type IN (SELECT value FROM json_each(:types{n}))"
)
_SEVERAL_TAGS: Final = (
    "SELECT t.position FROM json_each(:items) AS item "
    "CROSS JOIN dcb_tags AS t ON t.tag = json_extract(item.value, '$[1][0]') AND t.position > :after "
    "CROSS JOIN dcb_events AS y ON y.position = t.position "
    "WHERE (json_array_length(item.value, '$[0]') = 0 "
    "OR y.type IN (SELECT value FROM json_each(item.value, '$[0]'))) "
    "AND NOT EXISTS (SELECT 1 FROM json_each(item.value, '$[1]') AS other WHERE NOT EXISTS "
    "(SELECT 1 FROM dcb_tags AS u WHERE u.tag = other.value AND u.position = t.position))"
)
_TYPE_ONLY: Final = (
    "SELECT y.position FROM json_each(:types) AS wanted "
    "CROSS JOIN dcb_events AS y ON y.type = wanted.value AND y.position > :after"
)


def select_events(query: DCBQuery | None, after: int | None, limit: int | None) -> Statement:
    """Return the statement for the matching events in order, with the columns that `rows.sequenced` expects."""
    parts, parameters = _parts(query)
    where = f"e.position IN ({' UNION '.join(parts)})" if parts else "e.position > :after"
    sql = f"SELECT {_COLUMNS} FROM dcb_events AS e WHERE {where} ORDER BY e.position LIMIT :limit"  # noqa: S608
    return sql, {**parameters, "after": after or 0, "limit": -1 if limit is None else limit}


def select_any_position(query: DCBQuery | None, after: int | None) -> Statement:
    """Return the statement for the position of any matching event."""
    parts, parameters = _parts(query)
    matching = " UNION ALL ".join(parts) or "SELECT position FROM dcb_events WHERE position > :after"
    return f"SELECT position FROM ({matching}) LIMIT 1", {**parameters, "after": after or 0}  # noqa: S608


def _parts(query: DCBQuery | None) -> tuple[list[str], Parameters]:
    """Return subselects whose union matches the query, with their parameters; none when every event matches."""
    items = query.items if query else []
    if not all(item.types or item.tags for item in items):
        return [], {}
    groups, others, types = _sorted_out(items)
    selects: list[str] = []
    parameters: Parameters = {}
    for n, (of_types, tags) in enumerate(groups.items()):
        selects.append((_ONE_TAG + (_AND_TYPE if of_types else "")).format(n=n))
        parameters[f"tags{n}"], parameters[f"types{n}"] = _json(tags), _json(of_types)
    if others:
        selects.append(_SEVERAL_TAGS)
        parameters["items"] = _json(others)
    if types:
        selects.append(_TYPE_ONLY)
        parameters["types"] = _json(types)
    return selects, parameters


def _sorted_out(
    items: Iterable[DCBQueryItem],
) -> tuple[dict[tuple[str, ...], set[str]], list[tuple[tuple[str, ...], list[str]]], set[str]]:
    """Return the one-tag items grouped by types, the other items with tags, and the types of items without tags."""
    groups: dict[tuple[str, ...], set[str]] = {}
    others: list[tuple[tuple[str, ...], list[str]]] = []
    types: set[str] = set()
    for item in items:
        of_types, tags = tuple(sorted(set(item.types))), list(dict.fromkeys(item.tags))
        if not tags:
            types.update(of_types)
        elif len(tags) == 1 and (of_types in groups or len(groups) < _MOST_GROUPS):
            groups.setdefault(of_types, set()).add(tags[0])
        else:
            others.append((of_types, tags))
    return groups, others, types


def _json(values: Iterable[Any]) -> str:
    return _encode(sorted(values) if isinstance(values, set) else values)
