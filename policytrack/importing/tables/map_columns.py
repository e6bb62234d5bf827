"""Which columns of a table fill figures, dates and shares by a map, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from policytrack.events import EVENT_TYPES
from policytrack.events.fields import kind_at
from policytrack.importing.tables.cell_style import ColumnStyle, Role, Style, role_of
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import SHARE, Filler, fillers


def columns_by_map(map_: Map, columns: Mapping[str, int], style: Style) -> dict[int, ColumnStyle]:
    """The style of each column that fills a figure, a date or shares; of two uses of one column, the figure counts.

    A filler may say otherwise than the table: its own `decimal`, `date` and `fraction` go before.
    """
    found: dict[int, ColumnStyle] = {}
    for event in map_.event:
        lists = dict(event.each.columns) if event.each else {}
        of_share = next(
            (one for _, one in fillers(event.fields) if isinstance(one, Filler) and SHARE in one.names()), None
        )
        shares = ColumnStyle("shares", style if of_share is None else _own_style(of_share, style))
        for column in lists.values():
            for name in _sources(column, map_):
                # Another event may use the same list without its shares, and says nothing of how they are written.
                if name in columns and _goes_before("shares", found.get(columns[name]), is_said=of_share is not None):
                    found[columns[name]] = shares
        for path, filler in fillers(event.fields):
            role = role_of(kind_at(EVENT_TYPES[event.type], path))
            if isinstance(filler, Filler) and role is not None:
                own = ColumnStyle(role, _own_style(filler, style))
                for name in filler.names():
                    for source in () if name in lists else _sources(name, map_):
                        if source in columns and _goes_before(role, found.get(columns[source])):
                            found[columns[source]] = own
    named = _words(map_)
    return {index: replace(one, words=named) for index, one in found.items()}


def _words(map_: Map) -> frozenset[str]:
    """The cells that a map names: in its conditions, as empty or unknown, and in its tables of values."""
    words = {word for table in map_.values.values() for word in table}
    for event in map_.event:
        for condition in filter(None, (event.when, event.unless)):
            words |= {word for part in condition.parts() for cells in part.columns.values() for word in cells}
        for _, filler in fillers(event.fields):
            if isinstance(filler, Filler):
                words |= {*filler.empty, *filler.unknown}
    return frozenset(words)


def _goes_before(role: Role, other: ColumnStyle | None, *, is_said: bool = False) -> bool:
    return other is None or (role == "number" and other.role != "number") or (is_said and other.role == role)


def _own_style(filler: Filler, style: Style) -> Style:
    own: dict[str, Any] = {"fraction": filler.fraction or filler.unit == "fraction"}
    if filler.decimal is not None:
        own["decimal"] = filler.decimal
    if filler.date is not None:
        own["date"] = filler.date
    return replace(style, **own)


def _sources(name: str, map_: Map) -> set[str]:
    """The columns of the table behind a name: itself, or those that the parts of a row call so."""
    return {part.columns[name] for part in map_.parts if name in part.columns} or {name}
