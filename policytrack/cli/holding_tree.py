"""`holdings --tree`: prints what a firm owns, level by level down to facilities and projects, with unknown shares."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from policytrack.cli.output.write import write
from policytrack.cli.run_question import Output, footer, report_ids, run_query
from policytrack.cli.unseen import visible
from policytrack.errors import UsageError
from policytrack.output.answer import Answer

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.cli.context import Context
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Row = dict[str, Any]


def show_tree(context: Context, coordinates: Coordinates, filters: dict[str, Any], output: Output) -> None:
    """Print the tree of each firm of the filters: drawn on a terminal, as rows with depth and path on a pipe.

    Raises `UsageError` without a firm: ownership has no single root.
    """
    from policytrack.questions import ask, check_filters

    if not filters.get("firm"):
        raise UsageError(
            "--tree needs a firm", hint="use policytrack holdings FIRM --tree; list firms with `policytrack firm list`"
        )
    if filters.get("basis"):
        raise UsageError("--basis does not apply to --tree", hint="omit --basis; the tree shows shares and control")

    def answer(session: Session) -> list[pa.Table]:
        identified = report_ids(context, filters, check_filters(session, filters))
        tables = []
        for firm_id in identified["firm"]:
            tables.append(ask(session, "holding_tree", {**identified, "holder": firm_id}))
        return tables

    tables = run_query(context, coordinates, answer)
    line = footer(context, coordinates)
    if output != ("table", None) and (output != (None, None) or not sys.stdout.isatty()):
        import pyarrow as pa

        write(Answer(pa.concat_tables(tables), "Holdings", line), context, *output)
        return
    _print([table.to_pylist() for table in tables], context, line)


def _print(trees: list[list[Row]], context: Context, line: str) -> None:
    import click
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of

    is_drawn = sys.stdout.isatty()
    console = console_of(context)
    for rows in trees:
        branches: dict[tuple[str, ...], Tree] = {}
        for row in rows:
            path, text = tuple(row["path"]), _node(row)
            lines = [text, *_unknown(row)]
            if not is_drawn:
                for index, content in enumerate(lines):
                    click.echo("  " * (len(path) - 1 + (index > 0)) + content)
            elif len(path) == 1:
                branches[path] = Tree(Text(visible(text), "bold"))
            else:
                branch = branches[path[:-1]].add(Text(visible(text), "dim" if row["is_cycle"] else ""))
                branches[path] = branch
                for content in lines[1:]:
                    branch.add(Text(visible(content), "dim"))
        if is_drawn:
            console.print(branches[tuple(rows[0]["path"])])
    if is_drawn:
        console.print(Text(line, "dim"))
    else:
        click.echo(line)


def _node(row: Row) -> str:
    from policytrack.output.pretty import pretty

    if row["depth"] == 0:
        return f"{row['id']}  {row['name'] or ''}".rstrip()
    if row["activity_id"] is not None:
        held = "unknown" if row["attributable"] is None else pretty(row["attributable"])
        part = f" → {held}" if row["attributable"] != row["capacity"] else ""
        figure = f"{pretty(row['capacity'])}{part} {row['unit']}"
        return f"{row['kind']} {row['id']}  {row['activity_id']} {row['status']} {figure}"
    if row["stated_as"] == "exact" and not row["stake_pct"]:
        return f"{row['id']}  controlled, share unknown"
    name = f"{'facility ' if row['kind'] == 'facility' else ''}{row['id']}"
    if row["stated_as"] != "exact":
        text = f"{name}  {_inexact(row)}"
        return f"{text}, controlled" if row["is_controlled"] else text
    text = f"{name}  {pretty(row['stake_pct'])} %"
    if row["is_cycle"]:
        return f"{text}  (a cycle: see above)"
    if row["effective_pct"] != row["stake_pct"]:
        text += f", effective {pretty(row['effective_pct'])} %"
    return f"{text}, controlled" if row["is_controlled"] else text


def _inexact(row: Row) -> str:
    from policytrack.output.pretty import pretty

    low, high = row["stake_low"], row["stake_high"]
    if row["stated_as"] != "range":
        return "a majority" if row["stated_as"] == "majority" else "share unknown"
    if high is None:
        return f"at least {pretty(low)} %"
    return f"{pretty(low)} to {pretty(high)} %" if low else f"at most {pretty(high)} %"


def _unknown(row: Row) -> list[str]:
    from policytrack.output.pretty import pretty

    of_what = "unknown holders" if row["stated_as"] in (None, "exact") else "unknown holders or shares"
    return [f"{of_what}  {pretty(row['unknown_pct'])} %"] if row["unknown_pct"] else []
