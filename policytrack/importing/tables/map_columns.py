"""Finds the columns that a map uses for figures, dates and shares, and their notation."""

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
    """Return the style of each column that fills a figure, a date or shares, by column index.

    If a column is used twice, the use as a figure decides. The `decimal`, `date` and `fraction` of a filler override
    those of the table.
    """
    styles: dict[int, ColumnStyle] = {}
    for event in map_.event:
        lists = dict(event.each.columns) if event.each else {}
        of_share = next(
            (one for _, one in fillers(event.fields) if isinstance(one, Filler) and SHARE in one.names()), None
        )
        shares = ColumnStyle("shares", style if of_share is None else _own_style(of_share, style))
        for column in lists.values():
            for name in _sources(column, map_):
                # Another event may use the same list without shares; it has no notation for them to override with.
                if name in columns and _overrides("shares", styles.get(columns[name]), is_own=of_share is not None):
                    styles[columns[name]] = shares
        for path, filler in fillers(event.fields):
            role = role_of(kind_at(EVENT_TYPES[event.type], path))
            if isinstance(filler, Filler) and role is not None:
                own = ColumnStyle(role, _own_style(filler, style))
                for name in filler.names():
                    for source in () if name in lists else _sources(name, map_):
                        if source in columns and _overrides(role, styles.get(columns[source])):
                            styles[columns[source]] = own
    named = _words(map_)
    return {index: replace(one, words=named) for index, one in styles.items()}


def _words(map_: Map) -> frozenset[str]:
    """Return the cell texts that a map names: in conditions, as empty or unknown, and in tables of values."""
    words = {word for table in map_.values.values() for word in table}
    for event in map_.event:
        for condition in filter(None, (event.when, event.unless)):
            words |= {word for part in condition.parts() for cells in part.columns.values() for word in cells}
        for _, filler in fillers(event.fields):
            if isinstance(filler, Filler):
                words |= {*filler.empty, *filler.unknown}
    return frozenset(words)


def _overrides(role: Role, other: ColumnStyle | None, *, is_own: bool = False) -> bool:
    order = ("shares", "date", "number", "amount")
    return other is None or (order.index(role) > max(1, order.index(other.role))) or (is_own and other.role == role)


def _own_style(filler: Filler, style: Style) -> Style:
    own: dict[str, Any] = {"fraction": filler.fraction or filler.unit == "fraction"}
    if filler.decimal is not None:
        own["decimal"] = filler.decimal
    if filler.date is not None:
        own["date"] = filler.date
    return replace(style, **own)


def _sources(name: str, map_: Map) -> set[str]:
    """Return the table columns behind a name: those that `[[parts]]` give this name, otherwise the name itself."""
    return {part.columns[name] for part in map_.parts if name in part.columns} or {name}
