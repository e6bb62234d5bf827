"""Folds several rows into one event, field by field, without holding the rows in memory.

The non-empty cells of a plain field must agree in all rows. Where they differ, ``first``, ``last``, ``min``, ``max``,
``sum`` or ``count`` decides.
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
"""Fields in which rows of one event may differ, because they describe the row's position; the first one counts."""


@dataclass(slots=True)
class Sum:
    """The sum of the cells of a column. An inexact figure makes it a lower bound; it never counts as exactly zero."""

    total: Decimal = Decimal(0)
    unit: str | None = None
    exact: bool = True
    found: bool = False

    def add(self, filler: Filler, text: str, place: Callable[[], Place]) -> None:
        """Add a cell. Raises `InvalidQuantity` if it is not a figure, or has another unit than the cells before."""
        if not text or text in filler.empty:
            return
        if text in filler.unknown:
            self.exact, self.found = False, True
            return
        value, unit, is_exact = _addend(with_unit(text, filler.unit, place), place)
        if self.found and unit != self.unit and not (self.unit is None and not self.total):
            what = f"{text!r} is in {unit or 'no unit'}, and the cells before it in {self.unit or 'no unit'}"
            raise InvalidQuantity(what, hint="all rows of a sum must use one unit", place=place())
        self.found = True
        self.unit = unit
        self.exact = self.exact and is_exact
        self.total += value

    def text(self) -> str | None:
        """Return the sum as the text of a capacity; None when all cells were empty."""
        if not self.found:
            return None
        in_unit = f"{format_decimal(self.total)} {self.unit or ''}".strip()
        if self.exact:
            return in_unit
        return f">= {in_unit}" if self.total else "unknown"


@dataclass(slots=True)
class Group:
    """A partly folded event: the values from its rows so far."""

    plan: Plan
    row: int
    """The number of its first row."""
    places: FieldPlaces
    values: list[Any]
    rows: dict[int, int] = field(default_factory=dict)
    """The row of each value that does not come from the first row, by leaf."""
    is_broken: bool = False

    @classmethod
    def of(cls, plan: Plan, cells: Cells, places: FieldPlaces) -> Group:
        """Return a group without values whose first row is this one."""
        empty: list[Any] = [_empty(leaf) for leaf in plan.leaves]
        return cls(plan, cells.record.number, places, empty)

    def add(self, filling: Filling, cells: Cells) -> list[MalformedInput]:
        """Fold one more row; return its errors, including differences from earlier rows."""
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
            f"{rows} `per` joins into one {self.plan.type}, differ in {leaf.shown}:"
            f" {shown(self.values[index])} and {shown(value)}"
        )
        column = leaf.filler.source_column
        place = cells.place(column) if column is not None else cells.record.locate(0)
        return MalformedInput(what, hint=_cure(leaf, column), place=place)

    def fields(self) -> dict[str, Any]:
        """Return the fields of the event."""
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
        return f'add a column to `per`, or combine the rows: {name} = {added}, {{ max = "{column}" }} uses the largest'
    return f'correct a row, add a column to `per`, or choose a row: {name} = {{ first = "{column}" }}'


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal as text or as figures (``5 kt`` and ``5000 t``)."""
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
    """Format a value for a message: quoted and shortened."""
    return repr(value[:60]) if isinstance(value, str) else ", ".join(map(str, value)) if value else "nothing"


def _rank(one: str, other: str, place: Callable[[], Place]) -> int:
    """Compare two texts as figures of one unit, else as dates; return a negative, zero or positive number."""
    figures = _figure(one), _figure(other)
    if figures[0] is not None and figures[1] is not None and figures[0][0] == figures[1][0]:
        return (figures[0] > figures[1]) - (figures[0] < figures[1])
    days = _day(one), _day(other)
    if days[0] is not None and days[1] is not None:
        return (days[0] > days[1]) - (days[0] < days[1])
    what = f"cannot compare {one[:60]!r} with {other[:60]!r} of an earlier row: not figures in one unit, nor dates"
    raise MalformedInput(what, hint="use first or last; min and max need figures or dates", place=place())


def _figure(text: str) -> tuple[str, Decimal] | None:
    """Return the unit and the figure of a text; None when it is not a figure, or an unknown one."""
    try:
        figure = Decimal(text)
        if figure.is_finite():  # not NaN, which nothing is compared with
            return "", figure
    except InvalidOperation:
        pass
    try:
        capacity = parse_capacity(text)
    except InvalidQuantity:
        return None
    return None if capacity.value is None else (capacity.unit or "", capacity.value)


def _day(text: str) -> date | None:
    try:
        vague = parse_date(text)
    except InvalidDate:
        return None
    return vague.earliest or vague.latest


def _addend(text: str, place: Callable[[], Place]) -> tuple[Decimal, str | None, bool]:
    """Return the figure of a cell to add up, its unit, and whether it is exact.

    A bare number or a percentage keeps all its decimals, since it may be a share; the field that receives the sum
    checks the number of decimals.
    """
    is_share = text.rstrip().endswith("%")
    number = read_number(text.rstrip(" %"))
    if number is not None:
        return number, "%" if is_share else None, True
    capacity = _capacity(text, place)
    # "At most 5" adds 0 to a lower bound.
    value = Decimal(0) if capacity.bound == "at_most" else capacity.value or Decimal(0)
    return value, capacity.unit, capacity.bound == "exact"


def _capacity(text: str, place: Callable[[], Place]) -> Capacity:
    try:
        return Capacity.model_validate(text)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        what, hint = str(context.get("what", f"{text!r} is not a capacity")), str(context.get("hint", ""))
        raise InvalidQuantity(what, hint=hint, place=place()) from None
