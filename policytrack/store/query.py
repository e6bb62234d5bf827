"""A query of the DCB interface as SQL over the event and tag tables.

An event matches an item when its type is one of the item's types, or the item names none, and when it carries
all the item's tags; it matches a query when it matches an item, or there are none. The number of items is not
limited by SQLite's limit on compound selects: items travel as JSON, a few parts hold them all.
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
"""Groups of one-tag items that get a part of their own; SQLite allows 500 parts."""

# A join in the written order: from the wanted tags to the index of tags, never through all events.
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
    """What `rows.sequenced` makes events of, for those that match, in order: position, type, data (bytes), tags (JSON),
    recorded_at, digest, and the digest of the event before."""
    parts, parameters = _parts(query)
    where = f"e.position IN ({' UNION '.join(parts)})" if parts else "e.position > :after"
    sql = f"SELECT {_COLUMNS} FROM dcb_events AS e WHERE {where} ORDER BY e.position LIMIT :limit"  # noqa: S608
    return sql, {**parameters, "after": after or 0, "limit": -1 if limit is None else limit}


def select_any_position(query: DCBQuery | None, after: int | None) -> Statement:
    """The position of some event that matches, or no row."""
    parts, parameters = _parts(query)
    matching = " UNION ALL ".join(parts) or "SELECT position FROM dcb_events WHERE position > :after"
    return f"SELECT position FROM ({matching}) LIMIT 1", {**parameters, "after": after or 0}  # noqa: S608


def _parts(query: DCBQuery | None) -> tuple[list[str], Parameters]:
    """Selects whose union is what matches, with their parameters; none at all when everything matches."""
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
    """One-tag items grouped by their types; the other items with tags; the types of the items without."""
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
