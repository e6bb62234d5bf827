"""The explanation of a figure: the events and rules that make it, and the events that do not count, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policytrack.errors import IntegrityTrouble

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the tree of an explanation.

    The `row` of an event has a `position`. The row of a rule of the calculation has none, but a `reason`. The row of a
    thing, such as a facility, or of a chain of shares has neither; `parts` are the events behind it.
    """

    row: Row
    counts: bool = True
    parts: tuple[Part, ...] = ()
    is_figure: bool = True
    """Whether its `value` is a figure if it looks like one; the year of a due date is not one."""

    @property
    def is_event(self) -> bool:
        """Whether the part is an event."""
        return self.row.get("position") is not None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure, or another field, with the leaves that make it and the events about it that do not count.

    `subject` names what the figure is of, by kind of id, and `choices` on which basis. A leaf of a figure (`is_sum`)
    has an `amount`; a leaf of another field has the `value` that the event states. `schema` has the columns of the
    leaves. A leaf of a holding is a chain of shares to a `thing`, with the events behind it in `shares` and `terms`.
    """

    figure: str
    subject: dict[str, str]
    unit: str | None
    reported: Any
    leaves: list[Row]
    not_counted: list[Row]
    schema: pa.Schema
    is_sum: bool = True
    choices: dict[str, str] = field(default_factory=dict)
    given_reason: str | None = None
    """Why there is no figure, where the view says so."""

    @property
    def total(self) -> Decimal | None:
        """The sum of the leaves; None for a field that is not a figure, and for a figure that is unknown."""
        if not self.is_sum or self.reported is None:
            return None
        return sum((leaf["amount"] for leaf in self.leaves if leaf["amount"] is not None), Decimal(0))

    @property
    def reason(self) -> str | None:
        """Why nothing is reported; None when something is."""
        if self.reported is not None:
            return None
        if self.given_reason:
            return self.given_reason
        if self.is_sum and self.leaves:
            return "an event that counts gives no exact figure"
        return f"no event that counts {'states it' if self.is_sum else 'says so'}"

    def checked(self) -> Explanation:
        """Return the explanation itself. Raises `IntegrityTrouble` if the leaves do not add up to the figure."""
        if self.total is not None and self.total != self.reported:
            raise self.contradicted(f"the leaves add up to {self.total}")
        return self

    def contradicted(self, what: str) -> IntegrityTrouble:
        """Return the error for leaves that make another figure than the reported one."""
        return IntegrityTrouble(
            f"{what}, the {self.figure} of {', '.join(self.subject.values())} is {self.reported}",
            hint="please report this: it is a mistake in policytrack",
        )

    def tree(self) -> list[Part]:
        """Return the parts of the figure: leaves with what lies behind them; those of one thing under that thing."""
        parts = [Part(leaf, parts=_behind(leaf), is_figure=self.is_sum) for leaf in self.leaves]
        parts += [Part(row, counts=False, is_figure=self.is_sum) for row in self.not_counted]
        if any("thing" not in part.row or "path" in part.row for part in parts):
            return parts
        things: dict[str, list[Part]] = {}
        for part in parts:
            things.setdefault(part.row["thing"], []).append(part)
        return [
            Part(
                {"thing": thing, "amount": sum((one.row["amount"] or 0 for one in ones if one.counts), Decimal(0))},
                parts=tuple(ones),
            )
            for thing, ones in things.items()
        ]

    def table(self) -> pa.Table:
        """Return the leaves as a table, without the events behind chains of shares."""
        import pyarrow as pa

        return pa.Table.from_pylist(self.leaves, self.schema)

    def as_dict(self) -> Row:
        """Return the explanation as plain values, for JSON."""
        return {
            "figure": self.figure, **self.subject, **self.choices, "unit": self.unit, "reported": self.reported,
            "reason": self.reason, "sum_of_leaves": self.total, "leaves": self.leaves, "not_counted": self.not_counted,
        }  # fmt: skip


def _behind(leaf: Row) -> tuple[Part, ...]:
    """The events behind a chain of shares. An event with a reason and no amount does not count."""
    events = (*leaf.get("shares", ()), *leaf.get("terms", ()))
    return tuple(Part(row, counts=row["reason"] is None or row.get("amount") is not None) for row in events)


def counted(table: pa.Table) -> tuple[pa.Schema, list[Row], list[Row]]:
    """Split rows by their column `counts`: the other columns, the leaves, and the rows that do not count."""
    import pyarrow.compute as pc

    rows = table.drop_columns("counts")
    leaves, others = (rows.filter(mask).to_pylist() for mask in (table["counts"], pc.invert(table["counts"])))
    return rows.schema, leaves, others
