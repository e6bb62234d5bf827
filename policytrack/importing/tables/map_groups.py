"""One event of several rows: each field folded row by row, so that no row is held.

The cells of a plain field must agree in all rows, blanks left out; ``first``, ``last``, ``min``, ``max``, ``sum`` and
``count`` say what counts where they differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final

from pydantic import ValidationError

from policytrack.errors import InvalidDate, InvalidQuantity, MalformedInput, Place
from policytrack.importing.tables.field_columns import with_unit
from policytrack.importing.tables.map_parts import Filler
from policytrack.importing.tables.map_plan import FieldPlaces, Leaf, Plan
from policytrack.importing.tables.map_values import Filling
from policytrack.importing.tables.row_cells import Cells
from policytrack.values.dates import parse_date
from policytrack.values.numbers import read_number
from policytrack.values.quantities import Capacity, format_decimal, parse_capacity

OWN_OF_A_ROW: Final = frozenset({"note", "locator", "quote", "archived_url", "sha256"})
"""Fields in which rows of one event may differ, since they say where each is: the first counts."""


@dataclass(slots=True)
class Sum:
    """Cells of a column added up. A figure that is not exact makes the sum a lower bound, never a zero."""

    total: Decimal = Decimal(0)
    unit: str | None = None
    exact: bool = True
    found: bool = False

    def add(self, filler: Filler, text: str, place: Callable[[], Place]) -> None:
        """One more cell. Raises `InvalidQuantity` for no figure, and for another unit than that of the others."""
        if not text or text in filler.empty:
            return
        if text in filler.unknown:
            self.exact, self.found = False, True
            return
        value, unit, is_exact = _addend(with_unit(text, filler.unit), place)
        if self.found and unit != self.unit and not (self.unit is None and not self.total):
            what = f"{text!r} is in {unit or 'no unit'}, and the cells before it in {self.unit or 'no unit'}"
            raise InvalidQuantity(what, hint="all rows of a sum must use one unit", place=place())
        self.found = True
        self.unit = unit
        self.exact = self.exact and is_exact
        self.total += value

    def text(self) -> str | None:
        """The sum as a capacity is written; None when no cell said anything."""
        if not self.found:
            return None
        in_unit = f"{format_decimal(self.total)} {self.unit or ''}".strip()
        if self.exact:
            return in_unit
        return f">= {in_unit}" if self.total else "unknown"


@dataclass(slots=True)
class Group:
    """An event in the making: what its rows said so far."""

    plan: Plan
    row: int
    """The number of its first row."""
    places: FieldPlaces
    values: list[Any]
    rows: dict[int, int] = field(default_factory=dict)
    """The row of each value that does not come from the first row, by its leaf."""
    is_broken: bool = False

    @classmethod
    def of(cls, plan: Plan, cells: Cells, places: FieldPlaces) -> Group:
        """A group without values, whose first row is this."""
        empty: list[Any] = [_empty(leaf) for leaf in plan.leaves]
        return cls(plan, cells.record.number, places, empty)

    def add(self, filling: Filling, cells: Cells) -> list[MalformedInput]:
        """One more row; what is wrong with it, or differs from the rows before."""
        values, errors = self.plan.values(filling, cells)
        number = cells.record.number
        for index, (leaf, value) in enumerate(zip(self.plan.leaves, values, strict=True)):
            try:
                self._fold(index, leaf, value, cells)
            except MalformedInput as error:
                errors.append(error)
            if value is not None and number != self.row and index not in self.rows and self.values[index] is value:
                self.rows[index] = number
        self.is_broken = self.is_broken or bool(errors)
        return errors

    def _fold(self, index: int, leaf: Leaf, value: Any, cells: Cells) -> None:
        held, filler = self.values[index], leaf.filler
        match filler.origin:
            case "sum":
                name = filler.sum or ""
                held.add(filler, cells.text(name), partial(cells.place, name))
            case "count":
                self.values[index] = held + (value is not None)
            case "rows":
                held.extend(value or ())
            case _ if value is None:
                pass
            case "last":
                self.values[index] = value
            case _ if held is None:
                self.values[index] = value
            case "first":
                pass
            case "min" | "max" as which:
                place = partial(cells.place, filler.source_column or "")
                if (_rank(value, held, place) < 0) is (which == "min"):
                    self.values[index] = value
            case _ if not is_same(held, value) and leaf.path[-1] not in OWN_OF_A_ROW:
                if not self.is_broken:
                    raise self._differing(index, leaf, value, cells)

    def _differing(self, index: int, leaf: Leaf, value: Any, cells: Cells) -> MalformedInput:
        first, number = self.rows.get(index, self.row), cells.record.number
        rows = f"the items of row {number} that" if first == number else f"rows {first} and {number}, which"
        what = (
            f"{rows} `per` joins to one {self.plan.type}, differ in {leaf.shown}:"
            f" {shown(self.values[index])} and {shown(value)}"
        )
        column = leaf.filler.source_column
        place = cells.place(column) if column is not None else cells.record.locate(0)
        return MalformedInput(what, hint=_cure(leaf, column), place=place)

    def fields(self) -> dict[str, Any]:
        """The fields of the event."""
        return self.plan.fields([_finished(value) for value in self.values])


def _empty(leaf: Leaf) -> Any:
    match leaf.filler.origin:
        case "sum":
            return Sum()
        case "count":
            return 0
        case "rows":
            return []
    return None


def _finished(value: Any) -> Any:
    if isinstance(value, Sum):
        return value.text()
    if isinstance(value, int):
        return str(value)  # a count, as the cells of a table are text
    return (value or None) if isinstance(value, list) else value


def _cure(leaf: Leaf, column: str | None) -> str:
    if column is None:
        return "correct a row, or add the column in which they differ to `per`"
    name = leaf.path[-1]
    if name in ("capacity", "stake_pct", "amount", "registered_capital"):
        added = f'{{ sum = "{column}" }} adds them up'
        return f'add a column to `per`, or say what counts: {name} = {added}, {{ max = "{column}" }} takes the largest'
    return f'correct a row, add a column to `per`, or say which row counts: {name} = {{ first = "{column}" }}'


def is_same(one: Any, other: Any) -> bool:
    """Whether two values say the same: the same text, or the same figure."""
    if one == other:
        return True
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    try:
        figures = parse_capacity(one), parse_capacity(other)
    except InvalidQuantity:
        return False
    return figures[0].model_dump(exclude={"written"}) == figures[1].model_dump(exclude={"written"})


def shown(value: Any) -> str:
    """A value for a message, in quotes and cut."""
    return repr(value[:60]) if isinstance(value, str) else ", ".join(map(str, value)) if value else "nothing"


def _rank(one: str, other: str, place: Callable[[], Place]) -> int:
    """Below 0 when one is less than the other, above when it is more: as figures of one unit, else as dates."""
    figures = _figure(one), _figure(other)
    if figures[0] is not None and figures[1] is not None and figures[0][0] == figures[1][0]:
        return (figures[0] > figures[1]) - (figures[0] < figures[1])
    days = _day(one), _day(other)
    if days[0] is not None and days[1] is not None:
        return (days[0] > days[1]) - (days[0] < days[1])
    what = f"{one[:60]!r} and {other[:60]!r} of rows before are neither figures in one unit nor dates"
    raise MalformedInput(what, hint="min and max compare figures or dates; use first or last", place=place())


def _figure(text: str) -> tuple[str, Decimal] | None:
    """The unit and the figure of a text; None when it is none, or not a known one."""
    try:
        return "", Decimal(text)
    except InvalidOperation:
        pass
    try:
        found = parse_capacity(text)
    except InvalidQuantity:
        return None
    return None if found.value is None else (found.unit or "", found.value)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except InvalidDate:
        return None
    return found.earliest or found.latest


def _addend(text: str, place: Callable[[], Place]) -> tuple[Decimal, str | None, bool]:
    """A cell of a sum: its figure, its unit, and whether it is exact.

    A bare number or a percentage is a share as well as a capacity, and keeps all its decimals: the field of the sum
    says how many it takes.
    """
    is_share = text.rstrip().endswith("%")
    number = read_number(text.rstrip(" %"))
    if number is not None:
        return number, "%" if is_share else None, True
    capacity = _capacity(text, place)
    value = Decimal(0) if capacity.bound == "at_most" else capacity.value or Decimal(0)
    return value, capacity.unit, capacity.bound == "exact"


def _capacity(text: str, place: Callable[[], Place]) -> Capacity:
    try:
        return Capacity.model_validate(text)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        what, hint = str(context.get("what", "it is no capacity")), str(context.get("hint", ""))
        raise InvalidQuantity(what, hint=hint, place=place()) from None
