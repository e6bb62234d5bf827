"""How an explanation is printed: as a tree, as one JSON object, or as rows of any other format."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policytrack.cli.output.answer import Answer
from policytrack.cli.output.values import to_json
from policytrack.cli.output.write import write, write_text
from policytrack.cli.run_question import Output, asked, footer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.tree import Tree

    from policytrack.cli.context import Context
    from policytrack.questions.explanation import Explanation, Part
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


def show_explanation(
    context: Context, coordinates: Coordinates, output: Output, question: Callable[[Session], Explanation]
) -> None:
    """Print an explanation: a tree if no format is given, one object in JSON, the leaves as rows in another format."""
    found = asked(context, coordinates, question)
    line = footer(context, coordinates)
    if output == ("json", None):
        write_text(to_json(found.as_dict()) + "\n")
    elif output == (None, None):
        _print_tree(context, found, line)
    else:
        write(Answer(found.table(), found.figure, line), context, *output)


def _print_tree(context: Context, found: Explanation, line: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of

    named = ", ".join((" ".join(found.subject.values()), *found.choices.values()))
    reported = "unknown" if found.reported is None and found.is_sum else _shown(found.reported)
    root = Tree(Text(f"{found.figure} {named}  {reported} {found.unit or ''}".rstrip(), "bold"))
    _add(root, found.tree())
    console = console_of(context)
    console.print(root)
    console.print(Text(_check(found)))
    console.print(Text(line, "dim"))


def _add(tree: Tree, parts: Iterable[Part]) -> None:
    from rich.text import Text

    for part in parts:
        _add(tree.add(Text(_line(part), "" if part.counts else "dim")), part.parts)


def _line(part: Part) -> str:
    """A part on one line: an event, a rule, a chain of shares, or a thing."""
    row = part.row
    amount = row.get("amount")
    if part.is_event:
        value = row.get("value") if amount is None else amount
        words = (f"e{row['position']}", row["effective"], None if value is None else _shown(value), row["summary"])
        reason = f"  ({row['reason']})" if row["reason"] else ""
        source = f"  [{row['assertion']}: {'; '.join(row['sources'] or ['no source named'])}]" if part.counts else ""
        return "  ".join(str(word) for word in words if word) + reason + source
    if "path" in row and row["thing"] is not None:
        chain = row["reason"] if row["path"] is None else " → ".join(row["path"])
        share = f"{_shown(row['share_pct'])} % of {_shown(row['capacity'])}"
        return f"{_shown(amount)}  {chain} → {row['thing']}  ({share})"
    if row.get("reason"):
        return f"{_shown(amount if amount is not None else row.get('value'))}  {row['reason']}"
    return f"{row['thing']}  {_shown(amount)}"


def _shown(value: Any) -> str:
    """A value for the eye; a figure that an event states as text too."""
    from policytrack.cli.output.table import pretty

    is_figure = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
    return pretty(Decimal(value) if is_figure else value)


def _check(found: Explanation) -> str:
    """The last line: that the leaves make the figure, or why nothing is reported."""
    if found.total is not None:
        return f"sum of leaves {_shown(found.total)} = reported {_shown(found.reported)} ✓"
    if found.reason is None:
        return f"made by {', '.join('e' + str(leaf['position']) for leaf in found.leaves)} ✓"
    return f"unknown: {found.reason}" if found.is_sum else found.reason
