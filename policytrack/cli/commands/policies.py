"""`policies`: lists the rules in force on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import rich_click as click

from policytrack.cli import shell_completion
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.questions.requests import Request
from policytrack.values.choices import RuleKind

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


POLICIES_SHOWN = (
    "rule_id", "kind", "jurisdiction", "in_force_from", "in_force_to", "ratio_min", "status", "title",
    "suspended_until",
)  # fmt: skip


KINDS = get_args(RuleKind)


@click.command()
@click.argument("rule_id", required=False, metavar="[RULE]", shell_complete=shell_completion.ids("rule"))
@click.option("--jurisdiction", multiple=True, metavar="CODE", help="Only this jurisdiction: CN, CN-NM, EU.")
@click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Only this kind of rule.")
@click.option("--all", "all_", is_flag=True, help="Show also suspended, expired, repealed and future rules.")
@query_options("activity")
@pass_context
def policies(
    context: Context,
    rule_id: str | None,
    jurisdiction: tuple[str, ...],
    kind: tuple[str, ...],
    all_: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show the rules in force on a day.

    With RULE, show that rule even if it is not in force.

    Examples:

        policytrack policies --activity crude-steel --as-of 2024-09-01

        policytrack policies --kind export_control --all
    """
    chosen = {
        **filters, "rule": [rule_id] if rule_id else [], "jurisdiction": list(jurisdiction), "kind": list(kind),
        "all": all_ or bool(rule_id),
    }  # fmt: skip
    answer_question(
        context, Request("policies", chosen), coordinates, output,
        title="Rules", shown=POLICIES_SHOWN, empty="no rule is in force that matches",
    )  # fmt: skip
