"""Writes templates as tables: CSV with a header of fields, or XLSX with drop-down lists of allowed values."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from policytrack import resources
from policytrack.cli.declared_fields import Declared, choices_of, declared_for, in_words
from policytrack.cli.event_options import options_of
from policytrack.events import Event
from policytrack.events.custom_fields import FieldValue
from policytrack.events.envelope import Refers
from policytrack.events.fields import Field, fields_of
from policytrack.values.country_codes import COUNTRIES

_LEFT_OUT: Final = frozenset(
    {"event_id", "type", "schema_version", "acknowledged", "supersedes", "recorded_by", "names"}
)
_SOURCE_PARTS: Final = ("title", "class", "publisher", "url", "published_on")
ITEMS: Final = 3
"""Items of a list that have columns. The user may add columns for more."""
ROWS: Final = 5000
"""Rows below the header that have drop-down lists and text format."""


def csv_text(types: list[type[Event]], declared: Sequence[Declared] = ()) -> str:
    """Return a CSV header: `type`, then every field of the event types, and every custom field, once."""
    lines = io.StringIO()
    names = dict.fromkeys(name for event_type in types for name in columns(event_type, declared))
    csv.writer(lines, lineterminator="\n").writerow(["type", *names])
    return lines.getvalue()


def columns(event_type: type[Event], declared: Sequence[Declared] = ()) -> dict[str, Field]:
    """Return the columns of an event type and the field that each fills, required ones first.

    An item of a list has columns such as ``partners.1.firm_id``, counted from 1, and a custom field ``fields.node``.
    """
    fields: dict[str, Field] = {}
    for name, field in fields_of(event_type).items():
        if name in _LEFT_OUT:
            continue
        if name == "fields":
            value = fields_of(FieldValue)["value"]
            own = declared_for(event_type, declared)
            fields |= {f"fields.{one['field_id']}": replace(value, choices=choices_of(one)) for one in own}
        elif name == "sources" and field.part is not None:
            parts = fields_of(field.part)
            fields |= {f"source.{one}": parts[one] for one in _SOURCE_PARTS}
        elif field.part is not None:
            steps = [f"{name}.{number}" for number in range(1, ITEMS + 1)] if field.many else [name]
            fields |= {f"{step}.{one}": part for step in steps for one, part in fields_of(field.part).items()}
        else:
            fields[name] = field
    return dict(sorted(fields.items(), key=lambda one: not one[1].required or "." in one[0]))


def book(types: list[type[Event]], registered: dict[str, list[str]], declared: Sequence[Declared] = ()) -> bytes:
    """Return an XLSX file with a sheet per event type; `registered` are the ids for drop-down lists, by kind."""
    import xlsxwriter

    built_in = {"activity": sorted(resources.activity_units())}
    lists = _Lists({**built_in, **registered, "country": sorted(COUNTRIES)})
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        # Cells have text format: a spreadsheet program would turn 2025-10 into 1 October, and 007 into 7.
        text = made.add_format({"num_format": "@"})
        required = made.add_format({"bold": True, "bottom": 1})
        optional = made.add_format({"bottom": 1, "font_color": "#555555"})
        for event_type in types:
            sheet = made.add_worksheet(event_type.TOPIC)
            sheet.freeze_panes(1, 0)
            helps = {option.name: option.help for option in options_of(event_type)}
            helps |= {f"fields.{one['field_id']}": in_words(one) for one in declared}
            for number, (name, field) in enumerate(columns(event_type, declared).items()):
                is_required = field.required and "." not in name
                sheet.write_string(0, number, name, required if is_required else optional)
                if comment := helps.get(name) or helps.get(name.split(".")[0].replace("source", "sources")):
                    sheet.write_comment(0, number, comment)
                sheet.set_column(number, number, max(12, len(name) + 2), text)
                if (allowed := _allowed(field, lists)) is not None:
                    sheet.data_validation(1, number, ROWS, number, allowed)
        lists.write(made)
    return raw.getvalue()


def _allowed(field: Field, lists: _Lists) -> dict[str, Any] | None:
    """Return the drop-down list of a column; None without one. Ids outside the list give a warning, not an error."""
    if field.choices:
        return {"validate": "list", "source": list(field.choices)}
    if field.kind is bool:
        return {"validate": "list", "source": ["true", "false"]}
    kind = "country" if field.name == "country" else field.mark.kind if isinstance(field.mark, Refers) else None
    where = lists.range_of(kind) if kind else None
    return {"validate": "list", "source": where, "error_type": "warning"} if where else None


class _Lists:
    """Writes the ids of drop-down lists to a hidden sheet: a list inside a cell's rule may have 255 characters only."""

    NAME: Final = "lists"

    def __init__(self, ids: dict[str, list[str]]) -> None:
        self._ids = {kind: ids[kind] for kind in sorted(ids) if ids[kind]}
        self._used: set[str] = set()

    def range_of(self, kind: str) -> str | None:
        """Return the cells that list the ids of a kind, as a formula; None without ids."""
        if kind not in self._ids:
            return None
        self._used.add(kind)
        letter = chr(ord("A") + list(self._ids).index(kind))
        return f"={self.NAME}!${letter}$1:${letter}${len(self._ids[kind])}"

    def write(self, made: Any) -> None:
        """Write the hidden sheet, if a drop-down list uses it."""
        if not self._used:
            return
        sheet = made.add_worksheet(self.NAME)
        sheet.hide()
        for column, kind in enumerate(self._ids):
            for row, id_ in enumerate(self._ids[kind] if kind in self._used else ()):
                sheet.write_string(row, column, id_)
