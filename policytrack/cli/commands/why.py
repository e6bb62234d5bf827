"""`why`: one subcommand a kind of figure. A kind is a command in a file of its own, added at the end of this one."""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli import explain
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import FIGURE_NAMES, asking
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.values import to_json
from policytrack.cli.output.write import write, write_text
from policytrack.cli.run_question import Output, asked, footer
from policytrack.cli.why_holdings import why_holdings
from policytrack.cli.why_quota import why_quota
from policytrack.questions.why_project import FIELDS

if TYPE_CHECKING:
    from policytrack.questions.explained import Explained
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


@click.group(subcommand_metavar="FIGURE …")
def why() -> None:
    """Explain a figure: the events and sources that make it, which add up to it exactly.

    Examples:

        policytrack why pending-net --country CN --activity rare-earth-separation

        policytrack why project northern-jinlong-separation status --as-of 2025-10-31

        policytrack why holdings baogang-group rare-earth-separation --status pending

        policytrack why quota 2024 --stage mining --holder northern-rare-earth
    """


def _national(name: str) -> click.Command:
    """The subcommand of a national figure."""
    command = explain.why
    assert command.callback is not None  # noqa: S101 # a command made by a decorator has one
    return click.RichCommand(
        name=name,
        params=[parameter for parameter in command.params if parameter.name != "figure"],
        callback=functools.wraps(command.callback)(functools.partial(command.callback, figure=name)),
        help=command.help,
        short_help=f"The national figure: {name.replace('-', ' ')}.",
    )


@why.command()
@click.argument("project_id", metavar="PROJECT")
@click.argument("field", metavar="FIELD", type=click.Choice([name.replace("_", "-") for name in FIELDS]))
@asking()
@pass_context
def project(
    context: Context,
    project_id: str,
    field: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain a field of a project: which events set it, which were superseded, restated or come later.

    FIELD is a column of the view `project`: status, capacity-planned, capacity-remaining, retiring, net, due …

    Examples:

        policytrack why project northern-jinlong-separation due

        policytrack why project northern-jinlong-separation retiring --as-of 2025-10-31 --json
    """
    from policytrack.questions.why_project import explain_project

    del filters  # the project is an argument

    def answer(session: Session) -> Explained:
        return explain_project(session, project_id, field.replace("-", "_"))

    print_explained(context, asked(context, coordinates, answer), footer(context, coordinates), output)


def print_explained(context: Context, found: Explained, line: str, output: Output) -> None:
    """Print an explanation as a tree, as one JSON object, or its leaves as rows of another format."""
    if output == ("json", None):
        write_text(to_json(found.as_dict()) + "\n")
    elif output == (None, None):
        _print_tree(context, found, line)
    else:
        import pyarrow as pa

        write(Answer(pa.Table.from_pylist(found.as_dict()["leaves"]), found.figure, line), context, *output)


def _print_tree(context: Context, found: Explained, line: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of

    named = " ".join(found.subject.values())
    reported = "unknown" if found.reported is None and found.is_sum else _shown(found.reported)
    root = Tree(Text(f"{found.figure} {named}  {reported} {found.unit or ''}".rstrip(), "bold"))
    for leaf in found.leaves:
        root.add(Text(_leaf(leaf)))
    for other in found.not_counted:
        value = f"  {_shown(other['value'])}" if other["value"] else ""
        root.add(
            Text(f"e{other['position']}  {other['effective']}{value}  {other['summary']}  ({other['reason']})", "dim")
        )
    console = console_of(context)
    console.print(root)
    console.print(Text(_check(found)))
    console.print(Text(line, "dim"))


def _shown(value: Any) -> str:
    """A value for the eye; a figure that an event states as text too."""
    from policytrack.cli.output.table import pretty

    is_figure = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
    return pretty(Decimal(value) if is_figure else value)


def _leaf(leaf: dict[str, Any]) -> str:
    shown = _shown(leaf["value"] if leaf["amount"] is None else leaf["amount"])
    if leaf["position"] is None:
        return f"{shown}  {leaf['reason']}"
    sources = "; ".join(leaf["sources"] or ["no source named"])
    words = (
        f"e{leaf['position']}",
        leaf["effective"],
        shown,
        leaf["summary"],
        leaf["reason"] and f"({leaf['reason']})",
    )
    return "  ".join(str(word) for word in words if word) + f"  [{leaf['assertion']}: {sources}]"


def _check(found: Explained) -> str:
    """The last line: that the leaves make the figure, or why there is nothing to add up."""
    if found.total is not None:
        return f"sum of leaves {_shown(found.total)} = reported {_shown(found.reported)} ✓"
    if found.is_sum:
        reason = "an event that counts gives no exact figure" if found.leaves else "no event that counts states it"
        return f"unknown: {reason}"
    if found.reported is None:
        return "no event that counts says so"
    return f"made by {', '.join('e' + str(leaf['position']) for leaf in found.leaves)} ✓"


why.add_command(why_holdings)
why.add_command(why_quota)
for _name in FIGURE_NAMES:
    why.add_command(_national(_name))
