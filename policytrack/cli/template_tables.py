"""Templates as tables: a header of fields, and in a book drop-downs of what may stand below it."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from policytrack import resources
from policytrack.cli.event_options import options_of
from policytrack.events import Event
from policytrack.events.envelope import Refers
from policytrack.events.fields import Field, fields_of
from policytrack.values.ids import COUNTRIES

_LEFT_OUT: Final = frozenset(
    {"event_id", "type", "schema_version", "acknowledged", "supersedes", "recorded_by", "names"}
)
_OF_SOURCE: Final = ("title", "class", "publisher", "url", "published_on")
ITEMS: Final = 3
"""How many items of a list have columns: more may be added by hand."""
ROWS: Final = 5000
"""Rows below the header that have drop-downs and the format of text."""


def csv_text(types: list[type[Event]]) -> str:
    """A header with the type and every field of the types."""
    lines = io.StringIO()
    names = dict.fromkeys(name for event_type in types for name in columns(event_type))
    csv.writer(lines, lineterminator="\n").writerow(["type", *names])
    return lines.getvalue()


def columns(event_type: type[Event]) -> dict[str, Field]:
    """The columns of a type, with the field that each fills, what must be given first."""
    found: dict[str, Field] = {}
    for name, field in fields_of(event_type).items():
        if name in _LEFT_OUT:
            continue
        if name == "sources" and field.part is not None:
            parts = fields_of(field.part)
            found |= {f"source.{one}": parts[one] for one in _OF_SOURCE}
        elif field.part is not None:
            steps = [f"{name}.{number}" for number in range(1, ITEMS + 1)] if field.many else [name]
            found |= {f"{step}.{one}": part for step in steps for one, part in fields_of(field.part).items()}
        else:
            found[name] = field
    return dict(sorted(found.items(), key=lambda one: not one[1].required or "." in one[0]))


def book(types: list[type[Event]], registered: dict[str, list[str]]) -> bytes:
    """A book with a sheet for each type, named after it; `registered` are the ids for drop-downs, by kind."""
    import xlsxwriter

    lists = _Lists({**registered, "activity": sorted(resources.activity_units()), "country": sorted(COUNTRIES)})
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        # Cells are text, so that 2025-10 is not made the first of October, nor 007 seven.
        text = made.add_format({"num_format": "@"})
        required = made.add_format({"bold": True, "bottom": 1})
        optional = made.add_format({"bottom": 1, "font_color": "#555555"})
        for event_type in types:
            sheet = made.add_worksheet(event_type.TOPIC)
            sheet.freeze_panes(1, 0)
            helps = {option.name: option.help for option in options_of(event_type)}
            for number, (name, field) in enumerate(columns(event_type).items()):
                is_required = field.required and "." not in name
                sheet.write_string(0, number, name, required if is_required else optional)
                if told := helps.get(name.split(".")[0].replace("source", "sources")):
                    sheet.write_comment(0, number, told)
                sheet.set_column(number, number, max(12, len(name) + 2), text)
                if (allowed := _allowed(field, lists)) is not None:
                    sheet.data_validation(1, number, ROWS, number, allowed)
        lists.write(made)
    return raw.getvalue()


def _allowed(field: Field, lists: _Lists) -> dict[str, Any] | None:
    """The drop-down of a column; what it does not list is pointed out and may stand."""
    if field.choices:
        return {"validate": "list", "source": list(field.choices)}
    if field.kind is bool:
        return {"validate": "list", "source": ["true", "false"]}
    kind = "country" if field.name == "country" else field.mark.kind if isinstance(field.mark, Refers) else None
    where = lists.range_of(kind) if kind else None
    return {"validate": "list", "source": where, "error_type": "warning"} if where else None


class _Lists:
    """The ids of drop-downs, on a sheet of their own that is hidden: in a cell's rule there is no room for them."""

    NAME: Final = "lists"

    def __init__(self, ids: dict[str, list[str]]) -> None:
        self._ids = {kind: ids[kind] for kind in sorted(ids) if ids[kind]}
        self._used: set[str] = set()

    def range_of(self, kind: str) -> str | None:
        """The cells that list a kind, as a formula; None when there is nothing to list."""
        if kind not in self._ids:
            return None
        self._used.add(kind)
        letter = chr(ord("A") + list(self._ids).index(kind))
        return f"={self.NAME}!${letter}$1:${letter}${len(self._ids[kind])}"

    def write(self, made: Any) -> None:
        """The hidden sheet, when a drop-down needs it."""
        if not self._used:
            return
        sheet = made.add_worksheet(self.NAME)
        sheet.hide()
        for column, kind in enumerate(self._ids):
            for row, id_ in enumerate(self._ids[kind] if kind in self._used else ()):
                sheet.write_string(row, column, id_)
