"""Defines `Explained`: a figure with the events and sources behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policytrack.api.result import Cited, Result

if TYPE_CHECKING:
    from decimal import Decimal

    import pyarrow as pa

    from policytrack.questions.citation import Citation
    from policytrack.questions.explanation import Explanation, Part


@dataclass(frozen=True, slots=True, eq=False)
class Explained(Cited):
    """A figure, or a field of a project, with the events that make it and those that do not count."""

    explanation: Explanation
    citation: Citation
    query: str

    @property
    def figure(self) -> Any:
        """The explained value; None when it is unknown, for the `reason`."""
        return self.explanation.reported

    @property
    def unit(self) -> str | None:
        """The unit of the figure."""
        return self.explanation.unit

    @property
    def reason(self) -> str | None:
        """Why the figure is unknown; None when it is known."""
        return self.explanation.reason

    @property
    def total(self) -> Decimal | None:
        """The sum of the leaves, which equals the figure; None for a field that is not a sum."""
        return self.explanation.total

    def rows(self) -> list[dict[str, Any]]:
        """Return the leaves as dicts: what each event adds, with its sources."""
        return self.explanation.leaves

    def not_counted(self) -> list[dict[str, Any]]:
        """Return the events about the figure that do not count, each with the reason."""
        return self.explanation.not_counted

    def tree(self) -> list[Part]:
        """Return the leaves by thing, with the events behind them."""
        return self.explanation.tree()

    def to_arrow(self) -> pa.Table:
        """Return the leaves as an Arrow table."""
        return self.explanation.table()

    def result(self) -> Result:
        """Return the leaves as a `Result`."""
        return Result(self.to_arrow(), self.citation, self.query)

    def to_dict(self) -> dict[str, Any]:
        """Return coordinates and explanation as one dict, as the option `--envelope` writes them."""
        from policytrack.questions.envelope import coordinates_part

        return {**coordinates_part(self.citation, self.query), **self.explanation.as_dict()}

    def to_json(self) -> str:
        """Return `to_dict` as JSON, with exact figures."""
        from policytrack.output.values import to_json

        return to_json(self.to_dict())

    def __str__(self) -> str:
        from policytrack.questions.explanation_text import tree_lines

        return "\n".join((*tree_lines(self.explanation), self.footer))

    def __repr__(self) -> str:
        return f"<{self.query}: {self.figure} {self.unit or ''}".rstrip() + f", {self.footer}>"

    def _repr_html_(self) -> str:
        """Return the explanation as an HTML list, for notebooks."""
        from policytrack.api.html import explanation_html

        return explanation_html(self.explanation, self.footer)
