"""`why` for the national figures: the events and sources that add up to a figure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import FIGURE_NAMES, asking
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.values import to_json
from policytrack.cli.output.write import write, write_text
from policytrack.cli.run_question import Output, asked, footer
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.questions.why import Explanation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


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

    from policytrack.cli.output.table import console_of, pretty

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
