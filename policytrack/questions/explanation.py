"""The explanation of a figure: the events and rules that make it, and the events that do not count, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from policytrack.errors import IntegrityTrouble

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

MOST_SHOWN: Final = 40
"""How many things, or chains of shares, people are shown of a figure that is made of more: thousands are not read."""


class Rest(NamedTuple):
    """The things, or chains of shares, that a shortened explanation leaves out: how many, and what they add."""

    things: int
    amount: Decimal


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
    rest: Rest | None = None
    """What a shortened explanation leaves out; None when all leaves are there."""

    @property
    def total(self) -> Decimal | None:
        """The sum of the leaves; None for a field that is not a figure, and for a figure that is unknown."""
        if not self.is_sum or self.reported is None:
            return None
        listed = sum((leaf["amount"] for leaf in self.leaves if leaf["amount"] is not None), Decimal(0))
        return listed if self.rest is None else listed + self.rest.amount

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

    def shortened(self, most: int) -> Explanation:
        """Return the explanation with the leaves of the things, or the chains of shares, that add most, at most `most`.

        The largest come first, after those whose amount is not known. `rest` is what the others add. An explanation of
        fewer, or of a field that is not a figure, is returned as it is.
        """
        keys = [_group(leaf, number) for number, leaf in enumerate(self.leaves)]
        if not self.is_sum or len(set(keys)) <= most:
            return self
        sums: dict[str, Decimal] = {}
        unknown = set()
        for key, leaf in zip(keys, self.leaves, strict=True):
            sums[key] = sums.get(key, Decimal(0)) + (leaf["amount"] or 0)
            if leaf["amount"] is None:
                unknown.add(key)
        order = sorted(
            sums, key=lambda key: (key not in unknown, -abs(sums[key]))
        )  # of equal ones, the order of leaves
        places = {key: place for place, key in enumerate(order[:most])}
        pairs = [(key, leaf) for key, leaf in zip(keys, self.leaves, strict=True) if key in places]
        leaves = [leaf for _, leaf in sorted(pairs, key=lambda pair: places[pair[0]])]
        rest = Rest(len(order) - most, sum((sums[key] for key in order[most:]), Decimal(0)))
        return replace(self, leaves=leaves, rest=rest)

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


def _group(leaf: Row, number: int) -> str:
    """Return what a leaf is shown under: its thing; a chain of shares, or the line of a rule, under itself."""
    return leaf["thing"] if "path" not in leaf and leaf.get("thing") is not None else f"#{number}"


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
