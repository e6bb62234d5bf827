"""Prints tables on a terminal. Numbers are never shortened: a narrow terminal gets one field per line."""

from __future__ import annotations

import os
import re
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.cli.output.values import number, plain, rows_of
from policytrack.cli.unseen import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from policytrack.cli.context import Context
    from policytrack.cli.output.answer import Answer

Row = dict[str, Any]
_FOLDED: Final = frozenset(
    {
        "summary",
        "name",
        "names",
        "message",
        "title",
        "meaning",
        "note",
        "subjects",
        "publisher",
        "url",
        "events",
        "sentence",
    }
)
"""Columns of text that may wrap. Ids, dates and figures never wrap."""
_YEAR: Final = re.compile(r"(?!.*per[_ ]year)(?:.*[_ ])?year(?:[_ ].*)?", re.IGNORECASE)
"""Columns of years, such as ``first_year``, which have no thousands separators; not ``t_per_year``."""
_FEWEST: Final = 4
"""Least columns of a table. If fewer fit, rows are printed with one field per line."""
_WORDS: Final = 24
"""Least width of a column of text that wraps."""


def pretty(value: Any) -> str:
    """Return a value for a terminal: thousands separators, a minus sign (U+2212), lists with commas, NULL as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if isinstance(value, Decimal):
        whole, _, part = number(value).partition(".")
        sign = "−" if whole.startswith("-") else ""
        return f"{sign}{abs(int(whole)):,}" + (f".{part}" if part else "")
    if isinstance(value, list):
        items = (" ".join(map(plain, item.values())) if isinstance(item, dict) else plain(item) for item in value)
        return visible(", ".join(items))
    return visible(plain(value))


def console_of(context: Context) -> Console:
    """Return rich's console on standard output, without markup or highlighting, coloured as the options say."""
    from rich.console import Console

    return Console(
        no_color=not context.use_color(to_stdout=True),
        force_terminal=context.use_color(to_stdout=True) or None,
        width=_width(),
        highlight=False,
        emoji=False,
        markup=False,
    )


def print_table(answer: Answer, context: Context) -> None:
    """Print an answer as a table with title and footer, or with one field per line if too few columns fit."""
    from rich.text import Text

    console = console_of(context)
    width = console.width
    if answer.title:
        console.print(Text(answer.title, style="bold"))
    names = [name for name in answer.shown or answer.table.column_names if name in answer.table.column_names]
    rows: list[Row] = rows_of(answer.table.select(names))
    if not rows:
        console.print(answer.empty)
    elif fitting := _fitting(names, rows, width):
        _print_columns(console, fitting, rows, width)
        if left_out := names[len(fitting) :]:
            console.print(Text(f"columns that do not fit: {', '.join(left_out)}", style="dim"))
    else:
        _print_fields(console, names, rows)
    if answer.footer:
        console.print(Text(answer.footer, style="dim"))


def _width() -> int:
    """Return the terminal's width; on a pipe, unless COLUMNS is set, a width that never wraps."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return 10_000


def _is_figure(name: str, rows: Sequence[Row]) -> bool:
    return any(isinstance(row[name], Decimal | int) and not isinstance(row[name], bool) for row in rows)


def _least(name: str, rows: Sequence[Row]) -> int:
    """Return the least width of a column: its longest value, or `_WORDS` if its text may wrap."""
    from rich.cells import cell_len

    longest = max(*(cell_len(pretty(row[name])) for row in rows), *(len(word) for word in name.split("_")))
    return min(longest, _WORDS) if name in _FOLDED else longest


def _fitting(names: Sequence[str], rows: Sequence[Row], width: int) -> Sequence[str]:
    """Return the first columns that fit; none if fewer than `_FEWEST` of them do."""
    needed = 2  # rich separates columns by two spaces
    for count, name in enumerate(names):
        needed += _least(name, rows) + 2
        if needed > width:
            return names[:count] if count >= min(_FEWEST, len(names)) else ()
    return names


def _widths(names: Sequence[str], rows: Sequence[Row], width: int) -> list[int]:
    """Return the width of each column: its least width, plus spare width for text and headings that would wrap."""
    from rich.cells import cell_len

    widths = [_least(name, rows) for name in names]
    spare = width - sum(widths) - 2 * len(names)
    for index, name in enumerate(names):
        wanted = max(len(name), *(cell_len(pretty(row[name])) for row in rows))
        extra = max(0, min(wanted - widths[index], spare))
        widths[index] += extra
        spare -= extra
    return widths


def _print_columns(console: Console, names: Sequence[str], rows: Sequence[Row], width: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for name, column_width in zip(names, _widths(names, rows, width), strict=True):
        side = "right" if _is_figure(name, rows) else "left"
        table.add_column(name.replace("_", " "), justify=side, width=column_width, overflow="fold")  # type: ignore[arg-type] # of rich's literals
    for row in rows:
        table.add_row(*(Text(shown_field(name, row[name])) for name in names))
    console.print(table)


def shown_field(name: str, value: Any) -> str:
    """Return a value of a column as `pretty` does, but a year without thousands separators."""
    is_year = isinstance(value, int) and 1000 <= value <= 9999 and _YEAR.fullmatch(name) is not None
    return plain(value) if is_year else pretty(value)


def _print_fields(console: Console, names: Sequence[str], rows: Sequence[Row]) -> None:
    widest = max(len(name) for name in names)
    for index, row in enumerate(rows):
        if index:
            console.print("")
        for name in names:  # soft_wrap: rich would insert line ends, which a copied value would contain
            console.print(f"{name.replace('_', ' '):>{widest}}  {shown_field(name, row[name])}", soft_wrap=True)
