"""Prints tables on a terminal. Numbers are never shortened: a narrow terminal gets one field per line."""

from __future__ import annotations

import os
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.output.pretty import YEAR, pretty, shown_field, visible
from policytrack.output.values import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from rich.console import Console
    from rich.table import Table

    from policytrack.cli.context import Context
    from policytrack.output.answer import Answer

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
_FEWEST: Final = 4
"""Least columns of a table. If fewer fit, rows are printed with one field per line."""
_WORDS: Final = 24
"""Least width of a column of text that wraps."""
_GAP: Final = "  "
"""What rich puts between columns."""


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
        console.print(Text(visible(answer.title), style="bold"))
    # A query may name its columns as it likes.
    table = answer.table.rename_columns([visible(name) for name in answer.table.column_names])
    names = [name for name in answer.shown or table.column_names if name in table.column_names]
    names = _with_what_is_not_exact(names, table)
    spans = [name for name in names if {f"{name}_low", f"{name}_high"} <= set(table.column_names)]
    ends = [f"{name}_{end}" for name in spans for end in ("low", "high") if f"{name}_{end}" not in names]
    rows: list[Row] = rows_of(table.select([*names, *ends]))
    texts = {name: [_span(name, row) if name in spans else pretty(row[name]) for row in rows] for name in names}
    if not rows:
        console.print(visible(answer.empty))
    elif fitting := _fitting(names, texts, width):
        _print_columns(console, fitting, rows, texts, width)
        if left_out := names[len(fitting) :]:
            console.print(Text(f"columns that do not fit: {', '.join(left_out)}", style="dim"))
    else:
        _print_fields(console, names, rows)
    if answer.footer:
        console.print(Text(answer.footer, style="dim"))


def _with_what_is_not_exact(names: list[str], table: pa.Table) -> list[str]:
    """Return the columns, and before the first figure each figure that is not exact in some row."""
    from pyarrow.types import is_decimal

    ends = {name: (f"{name}_low", f"{name}_high") for name in table.column_names if name not in names}
    vague = [
        name
        for name, (low, high) in ends.items()
        if {low, high} <= {*table.column_names} and table[low].to_pylist() != table[high].to_pylist()
    ]
    first = next((place for place, name in enumerate(names) if is_decimal(table.schema.field(name).type)), len(names))
    return [*names[:first], *vague, *names[first:]]


def _span(name: str, row: Row) -> str:
    """Return a figure, or the span of its columns `_low` and `_high` where it is not exact."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low == high or (not low and high is None):
        return pretty(row[name])
    if high is None:
        return f"≥ {pretty(low)}"
    if low is not None and (low < 0 or high < 0):
        return f"{pretty(low)} to {pretty(high)}"
    return f"{pretty(low)}–{pretty(high)}" if low else f"≤ {pretty(high)}"


def _width() -> int:
    """Return the terminal's width; on a pipe, unless COLUMNS is set, a width that never wraps."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return 10_000


def _is_figure(name: str, rows: Sequence[Row]) -> bool:
    return any(isinstance(row[name], Decimal | int) and not isinstance(row[name], bool) for row in rows)


def _longest(texts: Sequence[str]) -> int:
    """Return the width of the widest text of a column."""
    return max(map(_cells, texts))


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _least(name: str, texts: Sequence[str]) -> int:
    """Return the least width of a column: its longest value, or `_WORDS` if its text may wrap."""
    longest = max(_longest(texts), *(len(word) for word in name.split("_")))
    return min(longest, _WORDS) if name in _FOLDED else longest


def _fitting(names: Sequence[str], texts: Mapping[str, Sequence[str]], width: int) -> Sequence[str]:
    """Return the first columns that fit; none if fewer than `_FEWEST` of them do."""
    needed = 2  # rich separates columns by two spaces
    for count, name in enumerate(names):
        needed += _least(name, texts[name]) + 2
        if needed > width:
            return names[:count] if count >= min(_FEWEST, len(names)) else ()
    return names


def _widths(names: Sequence[str], texts: Mapping[str, Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: its least width, plus spare width for text and headings that would wrap."""
    widths = [_least(name, texts[name]) for name in names]
    spare = width - sum(widths) - 2 * len(names)
    for index, name in enumerate(names):
        wanted = max(len(name), _longest(texts[name]))
        extra = max(0, min(wanted - widths[index], spare))
        widths[index] += extra
        spare -= extra
    return widths


def _print_columns(
    console: Console, names: Sequence[str], rows: Sequence[Row], texts: Mapping[str, Sequence[str]], width: int
) -> None:
    """Print the header with rich, then the rows. Rich takes 1 ms for a row, and prints only those that wrap."""
    from rich.text import Text

    widths = _widths(names, texts, width)
    sides = ["right" if _is_figure(name, rows) else "left" for name in names]
    shown = zip(
        *([shown_field(name, row[name]) for row in rows] if YEAR.fullmatch(name) else texts[name] for name in names),
        strict=True,
    )
    console.print(_grid(names, widths, sides))
    lines: list[str] = []
    for cells in shown:
        if all(_is_one_line(text, column_width) for text, column_width in zip(cells, widths, strict=True)):
            lines.append(_GAP.join(map(_padded, cells, widths, sides)) + "\n")
            continue
        console.file.write("".join(lines))
        lines = []
        wrapped = _grid(names, widths, sides, show_header=False)
        wrapped.add_row(*map(Text, cells))
        console.print(wrapped)
    console.file.write("".join(lines))


def _grid(names: Sequence[str], widths: Sequence[int], sides: Sequence[str], *, show_header: bool = True) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, show_header=show_header)
    for name, column_width, side in zip(names, widths, sides, strict=True):
        table.add_column(name.replace("_", " "), justify=side, width=column_width, overflow="fold")  # type: ignore[arg-type] # of rich's literals
    return table


def _is_one_line(text: str, width: int) -> bool:
    return text.isprintable() and text == text.strip() and _cells(text) <= width


def _padded(text: str, width: int, side: str) -> str:
    spaces = " " * (width - _cells(text))
    return spaces + text if side == "right" else text + spaces


def _print_fields(console: Console, names: Sequence[str], rows: Sequence[Row]) -> None:
    widest = max(len(name) for name in names)
    for index, row in enumerate(rows):
        if index:
            console.print("")
        for name in names:  # soft_wrap: rich would insert line ends, which a copied value would contain
            console.print(f"{name.replace('_', ' '):>{widest}}  {shown_field(name, row[name])}", soft_wrap=True)
