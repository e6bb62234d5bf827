"""What every explanation has: the figure, the events that make it, those that do not count, and the check."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from policytrack.errors import IntegrityTrouble

_LEAF: Final = (
    "position",
    "amount",
    "value",
    "reason",
    "type",
    "effective",
    "known_on",
    "summary",
    "assertion",
    "sources",
)


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure or another value, with the events that make it and those that speak of it and do not count.

    `subject` names what it is of, by kind of id. The leaves of a figure have an `amount` each; those of another value
    have the `value` that the event states, if it states it at all.
    """

    figure: str
    subject: dict[str, str]
    reported: Any
    unit: str | None
    is_sum: bool
    leaves: list[dict[str, Any]]
    not_counted: list[dict[str, Any]]

    @property
    def total(self) -> Decimal | None:
        """The sum of the leaves of a figure; None of another value, and of a figure that is unknown."""
        if not self.is_sum or self.reported is None:
            return None
        return sum((leaf["amount"] for leaf in self.leaves if leaf["amount"] is not None), Decimal(0))

    def checked(self) -> Explained:
        """Itself. Raises `IntegrityTrouble` if the leaves do not add up to the figure."""
        if self.total is not None and self.total != self.reported:
            raise self._trouble(f"the leaves add up to {self.total}")
        return self

    def stating(self, value: str | None) -> Explained:
        """Itself. Raises `IntegrityTrouble` if the leaves state anything but this value."""
        said = [leaf["value"] for leaf in self.leaves]
        if said != ([] if value is None else [value]):
            raise self._trouble(f"its events state {said}")
        return self

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain values, for JSON."""
        shown = {"figure": self.figure, **self.subject, "unit": self.unit, "reported": self.reported}
        if self.total is not None:
            shown["sum_of_leaves"] = self.total
        rows = {"leaves": self.leaves, "not_counted": self.not_counted}
        return shown | {name: [{key: row[key] for key in _LEAF} for row in found] for name, found in rows.items()}

    def _trouble(self, what: str) -> IntegrityTrouble:
        return IntegrityTrouble(
            f"{what}, the {self.figure} of {', '.join(self.subject.values())} is {self.reported}",
            hint="please report this: it is a mistake in policytrack",
        )
