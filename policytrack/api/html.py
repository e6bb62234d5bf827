"""Writes answers as HTML for notebooks. All text is escaped: a ledger may hold the text of a stranger."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.explanation import Explanation, Part

SHOWN: Final = 50
"""Rows that a notebook shows. A data frame shows 60 by default; the rows of views are wider."""


def table_html(table: pa.Table, below: Iterable[str]) -> str:
    """Return the first rows as a table, with lines below it."""
    from policytrack.output.pretty import shown_field
    from policytrack.output.values import rows_of

    rows = rows_of(table.slice(0, SHOWN))
    head = "".join(f"<th>{escape(name)}</th>" for name in table.column_names)
    body = "".join(
        f"<tr>{''.join(_cell(shown_field(name, value), value) for name, value in row.items())}</tr>" for row in rows
    )
    more = table.num_rows - len(rows)
    lines = [*below, *([f"{more:,} more rows"] if more else [])]
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{_paragraphs(lines)}"


def explanation_html(explanation: Explanation, footer: str) -> str:
    """Return an explanation as nested lists: the figure, the leaves that make it, and their sum."""
    from policytrack.questions.explanation_text import heading, last_line

    title = f"<p><strong>{_escaped(heading(explanation))}</strong></p>"
    end = [last_line(explanation), footer]
    return f"{title}{_list(explanation.tree())}{_paragraphs(end)}"


def _list(parts: Iterable[Part]) -> str:
    from policytrack.questions.explanation_text import line

    items = [
        f"<li>{_escaped(line(part)) if part.counts else f'<em>{_escaped(line(part))}</em>'}{_list(part.parts)}</li>"
        for part in parts
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _cell(text: str, value: Any) -> str:
    is_figure = isinstance(value, Decimal | int) and not isinstance(value, bool)
    style = ' style="text-align: right"' if is_figure else ""
    return f"<td{style}>{escape(text)}</td>"


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p><small>{_escaped(line)}</small></p>" for line in lines)


def _escaped(text: str) -> str:
    from policytrack.output.pretty import visible

    return escape(visible(text))
