"""Tables for a person at a terminal. Numbers are never shortened: a narrow terminal gets one field a line."""

from __future__ import annotations

import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policytrack.cli.output import number, plain

if TYPE_CHECKING:
    from policytrack.cli.context import Context
    from policytrack.cli.output import Answer


def pretty(value: Any) -> str:
    """A value for the eye: thousands separators, a real minus sign, lists in commas, absent as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if isinstance(value, Decimal):
        whole, _, part = number(value).partition(".")
        return f"{int(whole):,}".replace("-", "−") + (f".{part}" if part else "")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return plain(value)


def print_table(answer: Answer, context: Context) -> None:
    """Print an answer as a table with title and footer, or as one field a line where it would not fit."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    console = Console(
        no_color=not context.use_color(to_stdout=True),
        width=width,
        highlight=False,
        soft_wrap=True,
        emoji=False,
        markup=False,
    )
    if answer.title:
        console.print(Text(answer.title, style="bold"))
    names = [name for name in answer.shown or answer.table.column_names if name in answer.table.column_names]
    rows = answer.table.select(names).to_pylist()
    numeric = {name for name in names if any(isinstance(row[name], Decimal | int) for row in rows)}
    if not rows:
        console.print(answer.empty)
    else:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name in names:
            table.add_column(
                name.replace("_", " "),
                justify="right" if name in numeric else "left",
                no_wrap=name in numeric,
            )
        for row in rows:
            table.add_row(*(Text(pretty(row[name])) for name in names))
        if _narrowest(table, console, names, rows, numeric) <= width:
            console.print(table)
        else:
            _print_fields(console, names, rows)
    if answer.footer:
        console.print(Text(answer.footer, style="dim"))


def _narrowest(table: Any, console: Any, names: list[str], rows: list[dict[str, Any]], numeric: set[str]) -> int:
    """The width below which figures would be cut: numbers whole, words of at least ten characters."""
    total = 2 * len(names)
    for name in names:
        longest = max([len(pretty(row[name])) for row in rows] + [max(map(len, name.split("_")))])
        total += longest if name in numeric else min(longest, 10)
    return total


def _print_fields(console: Any, names: list[str], rows: list[dict[str, Any]]) -> None:
    widest = max(len(name) for name in names)
    for index, row in enumerate(rows):
        if index:
            console.print("")
        for name in names:
            console.print(f"{name.replace('_', ' '):>{widest}}  {pretty(row[name])}")
