"""`why holdings`: what a firm holds, path by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import asking
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.values import to_json
from policytrack.cli.output.write import write, write_text
from policytrack.cli.run_question import Output, asked, footer
from policytrack.cli.shell_completion import ids
from policytrack.questions.holding import BASES, STATUSES

if TYPE_CHECKING:
    from rich.tree import Tree

    from policytrack.questions.holding import ExplainedHolding
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


@click.command(name="holdings")
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@click.argument("activity_id", metavar="ACTIVITY", shell_complete=ids("activity"))
@click.option("--basis", type=click.Choice(BASES), default="attributable", show_default=True, help="On this basis.")
@click.option("--status", type=click.Choice(STATUSES), default="operating", show_default=True, help="In this status.")
@asking(include=True)
@pass_context
def why_holdings(
    context: Context,
    firm_id: str,
    activity_id: str,
    basis: str,
    status: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain what a firm holds: each chain of shares, what it adds, and the events behind it.

    Examples:

        policytrack why holdings baogang-group rare-earth-separation --status pending

        policytrack why holdings northern-rare-earth rare-earth-separation --basis controlled --json
    """
    from policytrack.questions.holding import explain_holding

    del filters  # firm and activity are arguments

    def answer(session: Session) -> ExplainedHolding:
        return explain_holding(session, firm_id, activity_id, basis, status)

    found = asked(context, coordinates, answer)
    line = footer(context, coordinates)
    if output == ("json", None):
        write_text(to_json(found.as_dict()) + "\n")
    elif output == (None, None):
        _print(context, found, line)
    else:
        import pyarrow as pa

        rows = [{name: leaf[name] for name in leaf if name not in ("shares", "terms")} for leaf in found.leaves]
        write(Answer(pa.Table.from_pylist(rows), "holdings", line), context, *output)


def _print(context: Context, found: ExplainedHolding, line: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of, pretty

    title = f"holdings {found.firm_id} {found.activity_id}, {found.basis}, {found.status}"
    root = Tree(Text(f"{title}  {pretty(found.reported)} {found.unit}", "bold"))
    for leaf in found.leaves:
        _add_leaf(root, leaf)
    console = console_of(context)
    console.print(root)
    if found.reported is None:
        console.print(Text(f"no figure: {found.reason}"))
    else:
        console.print(Text(f"sum of leaves {pretty(found.total)} = reported {pretty(found.reported)} ✓"))
    console.print(Text(line, "dim"))


def _add_leaf(root: Tree, leaf: dict[str, Any]) -> None:
    from rich.text import Text

    from policytrack.cli.output.table import pretty

    if leaf["thing"] is None:
        root.add(Text(f"{pretty(leaf['amount'])}  {leaf['reason']}"))
        return
    chain = leaf["reason"] if leaf["path"] is None else " → ".join(leaf["path"])
    share = f"{pretty(leaf['share_pct'])} % of {pretty(leaf['capacity'])}"
    branch = root.add(Text(f"{pretty(leaf['amount'])}  {chain} → {leaf['thing']}  ({share})"))
    for event in (*leaf["shares"], *leaf["terms"]):
        branch.add(Text(_event(event), "dim" if _is_void(event) else ""))


def _is_void(event: dict[str, Any]) -> bool:
    """Whether it is an event that does not count."""
    return event["reason"] is not None and event.get("amount") is None


def _event(event: dict[str, Any]) -> str:
    from policytrack.cli.output.table import pretty

    amount = "" if event.get("amount") is None else f"{pretty(event['amount'])}  "
    reason = f"  ({event['reason']})" if event["reason"] else ""
    if event["position"] is None:
        return f"{amount}{event['reason']}"
    words = f"e{event['position']}  {event['effective']}  {amount}{event['summary']}{reason}"
    if _is_void(event):
        return words
    return f"{words}  [{event['assertion']}: {'; '.join(event['sources'] or ['no source named'])}]"
