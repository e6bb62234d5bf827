"""Prints an explanation: as a tree, as one JSON object, or as rows of another format."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policytrack.cli.output.write import write, write_text
from policytrack.cli.run_question import Output, footer, run_query
from policytrack.cli.unseen import visible
from policytrack.output.answer import Answer
from policytrack.output.values import to_json

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
    """Run `question`, and print its explanation: as a tree without a format, else as JSON, or its leaves as rows."""
    explanation = run_query(context, coordinates, question)
    line = footer(context, coordinates)
    if output == ("json", None):
        write_text(to_json(explanation.as_dict()) + "\n")
    elif output == (None, None):
        _print_tree(context, explanation, line)
    else:
        write(Answer(explanation.table(), explanation.figure, line), context, *output)


def _print_tree(context: Context, explanation: Explanation, line: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of

    named = ", ".join((" ".join(explanation.subject.values()), *explanation.choices.values()))
    is_unknown = explanation.reported is None and explanation.is_sum
    reported = "unknown" if is_unknown else _shown(explanation.reported)
    root = Tree(Text(visible(f"{explanation.figure} {named}  {reported} {explanation.unit or ''}".rstrip()), "bold"))
    _add(root, explanation.tree())
    console = console_of(context)
    console.print(root)
    console.print(Text(visible(_check(explanation))))
    console.print(Text(line, "dim"))


def _add(tree: Tree, parts: Iterable[Part]) -> None:
    from rich.text import Text

    for part in parts:
        _add(tree.add(Text(visible(_line(part)), "" if part.counts else "dim")), part.parts)


def _line(part: Part) -> str:
    """Return a part of an explanation as one line: an event, a chain of shares, a rule or a total of a thing."""
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
    """Return a value for a terminal. A figure that an event stores as text gets thousands separators too."""
    from policytrack.output.pretty import pretty

    is_figure = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
    return pretty(Decimal(value) if is_figure else value)


def _check(explanation: Explanation) -> str:
    """Return the last line: that the leaves add up to the figure, or why there is no figure."""
    if explanation.total is not None:
        return f"sum of leaves {_shown(explanation.total)} = reported {_shown(explanation.reported)} ✓"
    if explanation.reason is None:
        return f"made by {', '.join('e' + str(leaf['position']) for leaf in explanation.leaves)} ✓"
    return f"unknown: {explanation.reason}" if explanation.is_sum else explanation.reason
