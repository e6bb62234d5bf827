"""Writes an explanation as lines: for the tree of `why`, for the Python API and for notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policytrack.output.pretty import pretty

if TYPE_CHECKING:
    from policytrack.questions.explanation import Explanation, Part


def heading(explanation: Explanation) -> str:
    """Return the first line: the figure, what it is of, its value and unit."""
    named = ", ".join((" ".join(explanation.subject.values()), *explanation.choices.values()))
    is_unknown = explanation.reported is None and explanation.is_sum
    write = shown if explanation.is_sum else pretty  # the year of a due date is not a figure
    reported = "unknown" if is_unknown else write(explanation.reported)
    return f"{explanation.figure} {named}  {reported} {explanation.unit or ''}".rstrip()


def line(part: Part) -> str:
    """Return a part of an explanation as one line: an event, a chain of shares, a rule or a total of a thing."""
    row = part.row
    amount = row.get("amount")
    if part.is_event:
        value = row.get("value") if amount is None else amount
        value = None if value is None else shown(value) if part.is_figure else pretty(value)
        words = (f"e{row['position']}", row["effective"], value, row["summary"])
        reason = f"  ({row['reason']})" if row["reason"] else ""
        source = f"  [{row['assertion']}: {'; '.join(row['sources'] or ['no source named'])}]" if part.counts else ""
        return "  ".join(str(word) for word in words if word) + reason + source
    if row.get("path") and row["share_pct"] is None:
        return f"{' → '.join(row['path'])}  ({row['reason']})"
    if "path" in row and row["thing"] is not None:
        chain = row["reason"] if row["path"] is None else " → ".join(row["path"])
        share = f"{shown(row['share_pct'])} % of {shown(row['capacity'])}"
        return f"{shown(amount)}  {chain} → {row['thing']}  ({share})"
    if row.get("reason"):
        return f"{shown(amount if amount is not None else row.get('value'))}  {row['reason']}"
    return f"{row['thing']}  {shown(amount)}"


def rest_line(explanation: Explanation) -> str | None:
    """Return the line of what a shortened explanation leaves out; None when it leaves nothing out."""
    if explanation.rest is None:
        return None
    return f"{explanation.rest.things:,} more, not shown  {shown(explanation.rest.amount)}"


def last_line(explanation: Explanation) -> str:
    """Return the last line: that the leaves add up to the figure, or why there is no figure."""
    if explanation.total is not None:
        return f"sum of leaves {shown(explanation.total)} = reported {shown(explanation.reported)} ✓"
    if explanation.reason is None:
        return f"made by {', '.join('e' + str(leaf['position']) for leaf in explanation.leaves)} ✓"
    return f"unknown: {explanation.reason}" if explanation.is_sum else explanation.reason


def tree_lines(explanation: Explanation) -> Iterator[str]:
    """Yield the whole explanation line by line, indented by level."""
    yield heading(explanation)
    yield from _indented(explanation.tree(), "  ")
    if (rest := rest_line(explanation)) is not None:
        yield f"  {rest}"
    yield last_line(explanation)


def _indented(parts: Iterable[Part], indent: str) -> Iterator[str]:
    for part in parts:
        yield f"{indent}{line(part)}"
        yield from _indented(part.parts, f"{indent}  ")


def shown(value: Any) -> str:
    """Return a value for people. A figure that an event stores as text gets thousands separators too."""
    is_figure = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
    return pretty(Decimal(value) if is_figure else value)
