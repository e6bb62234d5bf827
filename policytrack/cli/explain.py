"""Commands that explain: `why` a figure is what it is, `diff` of two moments, `series` over time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from policytrack.cli.answering import Output, answer_question, asked, footer
from policytrack.cli.cells import to_json
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import PeriodEnd, asking
from policytrack.cli.output import Answer, write, write_text
from policytrack.cli.periods import VINTAGES, series_days
from policytrack.errors import UsageError
from policytrack.questions.why import FIGURES

if TYPE_CHECKING:
    from policytrack.questions.why import Explanation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

FIGURE_NAMES = tuple(figure.replace("_", "-") for figure in FIGURES)
DIFF_SHOWN = ("country_code", "activity_id", "figure", "cause", "change", "position", "summary", "unit", "known_on")
SERIES_SHOWN = (
    "as_of",
    "known_at",
    "country_code",
    "activity_id",
    "operating",
    "net",
    "pending_gross",
    "pending_net",
    "unit",
)


@click.command()
@click.argument("figure", type=click.Choice(FIGURE_NAMES))
@asking("country", "activity")
@pass_context
def why(context: Context, figure: str, coordinates: Coordinates, filters: dict[str, list[str]], output: Output) -> None:
    """Explain a national figure: the events and sources that make it, which add up to it exactly.

    Examples:

        policytrack why pending-net --country CN --activity rare-earth-separation

        policytrack why operating --country CN --activity crude-steel --as-of 2023 --json
    """
    from policytrack.questions import check_filters
    from policytrack.questions.why import explain

    if any(len(chosen) != 1 for chosen in filters.values()):
        raise UsageError("a figure has one --country and one --activity", hint="`policytrack capacity` lists them")
    country, activity = filters["country"][0], filters["activity"][0]

    def answer(session: Session) -> Explanation:
        check_filters(session, filters)
        return explain(session, figure.replace("-", "_"), country, activity)

    found = asked(context, coordinates, answer)
    line = footer(context, coordinates)
    if output == ("json", None):
        write_text(to_json(found.as_dict()) + "\n")
    elif output == (None, None):
        _print_tree(context, found, line)
    else:
        import pyarrow as pa

        write(Answer(pa.Table.from_pylist(found.leaves), figure, line), context, *output)


def _print_tree(context: Context, found: Explanation, line: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.terminal import console_of, pretty

    root = Tree(
        Text(f"{found.figure} {found.country_code} {found.activity_id}  {pretty(found.reported)} {found.unit}", "bold")
    )
    for thing in dict.fromkeys(row["thing"] for row in (*found.leaves, *found.not_counted)):
        leaves = [leaf for leaf in found.leaves if leaf["thing"] == thing]
        branch = root.add(Text(f"{thing}  {pretty(sum((leaf['amount'] for leaf in leaves), Decimal(0)))}"))
        for leaf in leaves:
            branch.add(Text(_leaf(leaf, pretty(leaf["amount"]))))
        for other in found.not_counted:
            if other["thing"] == thing:
                branch.add(
                    Text(f"e{other['position']}  {other['effective']}  {other['summary']}  ({other['reason']})", "dim")
                )
    console = console_of(context)
    console.print(root)
    console.print(Text(f"sum of leaves {pretty(found.total)} = reported {pretty(found.reported)} ✓"))
    console.print(Text(line, "dim"))


def _leaf(leaf: dict[str, Any], amount: str) -> str:
    if leaf["position"] is None:
        return f"{amount}  {leaf['reason']}"
    sources = "; ".join(leaf["sources"] or ["no source named"])
    why = f"  ({leaf['reason']})" if leaf["reason"] else ""
    return (
        f"e{leaf['position']}  {leaf['effective']}  {amount}  {leaf['summary']}{why}  [{leaf['assertion']}: {sources}]"
    )


@click.command()
@click.option("--from", "start", type=PeriodEnd(), required=True, metavar="DATE", help="As of this day first.")
@click.option("--to", "end", type=PeriodEnd(), metavar="DATE", help="As of this day then. [default: --as-of]")
@click.option("--known-from", type=PeriodEnd(), metavar="DATE", help="Known at this day first. [default: --known-at]")
@click.option("--known-to", type=PeriodEnd(), metavar="DATE", help="Known at this day then. [default: --known-at]")
@click.option(
    "--figure",
    "figures",
    multiple=True,
    type=click.Choice(FIGURE_NAMES),
    help="Only this figure. [default: net, pending-gross, pending-net]",
)
@click.option("--stat", is_flag=True, help="One row a figure: happened, learned and both.")
@click.option("--exit-code", is_flag=True, help="Exit 1 when something differs.")
@asking("country", "activity")
@pass_context
def diff(
    context: Context,
    start: date,
    end: date | None,
    known_from: date | None,
    known_to: date | None,
    figures: tuple[str, ...],
    stat: bool,
    exit_code: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Split a change of the national figures into what happened and what was learned.

    Happened: the world moved between the two as-of days, by what was known first. Learned: our knowledge of it moved.

    Examples:

        policytrack diff --from 2025-01-31 --to 2025-10-31 --known-from 2025-01-31 --known-to 2025-10-31

        policytrack diff --from 2026-11-23 --known-from 2025-12-31 --stat
    """
    from policytrack.questions import ask, check_filters

    bounds = {
        "from_as_of": start,
        "to_as_of": end or coordinates.as_of,
        "from_known_at": known_from or coordinates.known_at,
        "to_known_at": known_to or coordinates.known_at,
        "figure_names": [name.replace("-", "_") for name in figures or ("net", "pending-gross", "pending-net")],
    }

    def answer(session: Session) -> Any:
        check_filters(session, filters)
        return ask(session, "diff", {**filters, **bounds})

    table = asked(context, coordinates, answer)
    line = (
        f"as of {bounds['from_as_of']} → {bounds['to_as_of']} · known at {bounds['from_known_at']} → "
        f"{bounds['to_known_at']} · {footer(context, coordinates).split(' · ', 2)[2]}"
    )
    shown = _stat(table) if stat else table
    write(Answer(shown, "Changes", line, () if stat else DIFF_SHOWN, "nothing changed"), context, *output)
    if exit_code and table.num_rows:
        raise Exit(1)


def _stat(table: Any) -> Any:
    """One row a figure: what happened, what was learned, and both together."""
    import pyarrow as pa

    cells: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in table.to_pylist():
        key = (row["country_code"], row["activity_id"], row["figure"])
        zero = {"happened": Decimal(0), "learned": Decimal(0)}
        cell = cells.setdefault(key, dict(zip(("country_code", "activity_id", "figure"), key, strict=True)) | zero)
        cell[row["cause"]] += row["change"]
        cell["unit"] = row["unit"]
    rows = [
        {**cell, "change": cell["happened"] + cell["learned"]}
        for cell in cells.values()
        if cell["happened"] or cell["learned"]
    ]
    return pa.Table.from_pylist(rows) if rows else table


@click.command()
@click.option("--every", type=click.Choice(["month", "quarter", "year"]), default="year", show_default=True)
@click.option("--from", "start", type=PeriodEnd(), required=True, metavar="DATE", help="First day.")
@click.option("--to", "end", type=PeriodEnd(), metavar="DATE", help="Last day. [default: --as-of]")
@click.option(
    "--vintage",
    type=click.Choice(VINTAGES),
    default="current",
    show_default=True,
    help="current: each day as known at --known-at. real-time: as known then. revisions: --as-of as known on each day.",
)
@asking("country", "activity")
@pass_context
def series(
    context: Context,
    every: str,
    start: date,
    end: date | None,
    vintage: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show the national figures over time, at the ends of months, quarters or years.

    Examples:

        policytrack series --from 2020 --activity rare-earth-separation --country CN

        policytrack series --every quarter --from 2024-12 --vintage revisions --as-of 2026 --country CN
    """
    days = series_days(start, end, every, vintage, coordinates)
    answer_question(
        context, "series", coordinates, {**filters, "as_of_days": days.as_of, "known_at_days": days.known_at}, output,
        title="Series", shown=SERIES_SHOWN, empty="no capacity is recorded that matches",
    )  # fmt: skip
