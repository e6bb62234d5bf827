"""`holdings --tree`: what a firm owns, level by level, down to facilities and projects, and what has unknown owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policytrack.cli.output.answer import Answer
from policytrack.cli.output.write import write
from policytrack.cli.run_question import Output, asked, footer, tell_ids
from policytrack.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.cli.context import Context
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Row = dict[str, Any]


def show_tree(context: Context, coordinates: Coordinates, filters: dict[str, Any], output: Output) -> None:
    """Print the tree of each firm asked for: drawn on a terminal, indented on a pipe, rows in a chosen format.

    Raises `UsageError` when no firm is named: a record has no one root.
    """
    from policytrack.questions import ask, check_filters

    if not filters.get("firm"):
        raise UsageError(
            "--tree needs a firm", hint="policytrack holdings FIRM --tree; `policytrack firm list` lists them"
        )
    if filters.get("basis"):
        raise UsageError("--basis does not apply to --tree", hint="the tree shows shares, control and what is operated")

    def answer(session: Session) -> list[pa.Table]:
        found = tell_ids(context, filters, check_filters(session, filters))
        tables = []
        for firm_id in found["firm"]:
            session.narrow_to(firm_id)
            tables.append(ask(session, "holding_tree", {**found, "holder": firm_id}))
        return tables

    tables = asked(context, coordinates, answer)
    line = footer(context, coordinates)
    if output not in ((None, None), ("table", None)):
        import pyarrow as pa

        write(Answer(pa.concat_tables(tables), "Holdings", line), context, *output)
        return
    _print([table.to_pylist() for table in tables], context, line)


def _print(trees: list[list[Row]], context: Context, line: str) -> None:
    import sys

    import click
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of

    drawn = sys.stdout.isatty()
    console = console_of(context)
    for rows in trees:
        branches: dict[tuple[str, ...], Tree] = {}
        for row in rows:
            path, text = tuple(row["path"]), _node(row)
            lines = [text, *_unknown(row)]
            if not drawn:
                for place, words in enumerate(lines):
                    click.echo("  " * (len(path) - 1 + (place > 0)) + words)
            elif len(path) == 1:
                branches[path] = Tree(Text(text, "bold"))
            else:
                branch = branches[path[:-1]].add(Text(text, "dim" if row["is_cycle"] else ""))
                branches[path] = branch
                for words in lines[1:]:
                    branch.add(Text(words, "dim"))
        if drawn:
            console.print(branches[tuple(rows[0]["path"])])
    if drawn:
        console.print(Text(line, "dim"))
    else:
        click.echo(line)


def _node(row: Row) -> str:
    from policytrack.cli.output.table import pretty

    if row["depth"] == 0:
        return f"{row['id']}  {row['name'] or ''}".rstrip()
    if row["activity_id"] is not None:
        part = f" → {pretty(row['attributable'])}" if row["attributable"] != row["capacity"] else ""
        figure = f"{pretty(row['capacity'])}{part} {row['unit']}"
        return f"{row['kind']} {row['id']}  {row['activity_id']} {row['status']} {figure}"
    if not row["stake_pct"]:
        return f"{row['id']}  controlled, no share known"
    name = f"{'facility ' if row['kind'] == 'facility' else ''}{row['id']}"
    words = f"{name}  {pretty(row['stake_pct'])} %"
    if row["is_cycle"]:
        return f"{words}  (a cycle: see above)"
    if row["effective_pct"] != row["stake_pct"]:
        words += f", effective {pretty(row['effective_pct'])} %"
    return f"{words}, controlled" if row["is_controlled"] else words


def _unknown(row: Row) -> list[str]:
    from policytrack.cli.output.table import pretty

    return [f"unknown holders  {pretty(row['unknown_pct'])} %"] if row["unknown_pct"] else []
