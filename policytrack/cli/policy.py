"""Commands that ask for policy: swaps and the credit lots behind them, quotas, rules, support."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli import completing
from policytrack.cli.answering import Output, answer_question
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import asking

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

SWAPS_SHOWN = (
    "swap_id", "build_capacity", "ratio", "required", "retired", "owed", "unit", "verdict", "reasons", "status",
    "rule_id", "announced_on",
)  # fmt: skip
LOTS_SHOWN = (
    "lot_id", "recognised", "drawn", "returned", "remaining", "unit", "expires_on", "holder_id", "facility_id",
    "activity_id",
)  # fmt: skip
QUOTAS_SHOWN = (
    "year", "batch", "stage", "holder_id", "material", "amount", "unit", "is_withheld", "cumulative",
    "jurisdiction",
)  # fmt: skip
QUOTA_SUMS_SHOWN = (
    "year", "batch", "stage", "holder_id", "amount", "change_pct", "unit", "year_before", "jurisdiction",
    "unknown_count",
)  # fmt: skip
POLICIES_SHOWN = (
    "rule_id", "kind", "jurisdiction", "in_force_from", "in_force_to", "ratio_min", "status", "title",
    "suspended_until",
)  # fmt: skip
SUPPORT_SHOWN = (
    "support_id", "recipient_id", "instrument", "stage", "amount", "currency", "since", "programme",
    "project_id",
)  # fmt: skip
STAGES = ("mining", "separation", "production", "export", "other")
KINDS = ("replacement_ratio", "moratorium", "no_split", "quota_regime", "export_control", "other")
INSTRUMENTS = (
    "grant", "tax_credit", "loan", "guarantee", "equity", "warrant", "price_floor", "offtake", "stockpile", "incentive",
    "designation", "other",
)  # fmt: skip
PERIMETER = click.option(
    "--perimeter",
    type=click.Choice(["reported", "constant"]),
    default="reported",
    show_default=True,
    help="constant: count firms that merged by the as-of day with the firm they merged into, all along.",
)


@click.command()
@click.argument("swap_id", required=False, metavar="[SWAP]", shell_complete=completing.ids("swap"))
@click.option("--verdict", multiple=True, type=click.Choice(["pass", "fail", "unverified"]), help="Only this verdict.")
@click.option(
    "--status", multiple=True, type=click.Choice(["announced", "objected", "revoked"]), help="Only this status."
)
@asking("country", "activity", "firm", "project")
@pass_context
def swaps(
    context: Context,
    swap_id: str | None,
    verdict: tuple[str, ...],
    status: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show capacity swaps: what must go, what is gone, and the verdict with its reasons.

    --firm is the firm that builds.

    Examples:

        policytrack swaps --verdict unverified

        policytrack swaps northern-jinlong-swap --as-of 2025-10-31

    Next: policytrack lots, policytrack policies, policytrack check.
    """
    answer_question(
        context, "swaps", coordinates,
        {**filters, "swap": [swap_id] if swap_id else [], "verdict": list(verdict), "status": list(status)}, output,
        title="Capacity swaps", shown=SWAPS_SHOWN, empty="no swap is recorded that matches",
    )  # fmt: skip


@click.command()
@click.argument("lot_id", required=False, metavar="[LOT]", shell_complete=completing.ids("lot"))
@click.option("--open", "open_", is_flag=True, help="Only lots with something left that have not expired.")
@asking("activity", "firm", "facility")
@pass_context
def lots(
    context: Context,
    lot_id: str | None,
    open_: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show credit lots: what they hold, what is drawn and what is left.

    --firm is a firm that holds some of it, --facility the donor.

    Examples:

        policytrack lots --open

        policytrack lots --activity primary-aluminium --as-of 2018-12-31
    """
    answer_question(
        context, "lots", coordinates, {**filters, "lot": [lot_id] if lot_id else [], "open": open_}, output,
        title="Credit lots", shown=LOTS_SHOWN, empty="no credit lot is recorded that matches",
    )  # fmt: skip


@click.command()
@click.option("--year", multiple=True, type=int, metavar="YEAR", help="Only this year.")
@click.option("--stage", multiple=True, type=click.Choice(STAGES), help="Only this stage.")
@click.option(
    "--material", multiple=True, metavar="TEXT", help="Only this material, as the notice divides it; sums are of it."
)
@click.option(
    "--holder", multiple=True, metavar="FIRM", shell_complete=completing.ids("firm"), help="Only this holder."
)
@click.option(
    "--by",
    type=click.Choice(["notice", "holder", "year"]),
    default="notice",
    show_default=True,
    help="notice: each as issued. holder: materials of a notice added up. year: all notices of a year added up.",
)
@PERIMETER
@asking("country", "activity")
@pass_context
def quotas(
    context: Context,
    year: tuple[int, ...],
    stage: tuple[str, ...],
    material: tuple[str, ...],
    holder: tuple[str, ...],
    by: str,
    perimeter: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show quotas by notice, holder or year, with the change on the year before.

    The national total is the row without a holder.

    Examples:

        policytrack quotas --year 2024 --stage mining

        policytrack quotas --by holder --perimeter constant --stage mining

        policytrack quotas --by year --format csv
    """
    question = {"notice": "quotas", "holder": "quotas_by_holder", "year": "quotas_by_year"}[by]
    chosen = {
        **filters, "year": list(year), "stage": list(stage), "material": list(material), "firm": list(holder),
        "perimeter": perimeter,
    }  # fmt: skip
    answer_question(
        context, question, coordinates, chosen, output,
        title="Quotas", shown=QUOTAS_SHOWN if by == "notice" else QUOTA_SUMS_SHOWN,
        empty="no quota is recorded that matches",
    )  # fmt: skip


@click.command()
@click.argument("rule_id", required=False, metavar="[RULE]", shell_complete=completing.ids("rule"))
@click.option("--jurisdiction", multiple=True, metavar="CODE", help="Only this jurisdiction: CN, CN-NM, EU.")
@click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Only this kind of rule.")
@click.option("--all", "all_", is_flag=True, help="Also rules that are suspended, over, repealed or not yet in force.")
@asking("activity")
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

    A rule that is named is shown whether it is in force or not.

    Examples:

        policytrack policies --activity crude-steel --as-of 2024-09-01

        policytrack policies --kind export_control --all
    """
    answer_question(
        context, "policies", coordinates,
        {**filters, "rule": [rule_id] if rule_id else [], "jurisdiction": list(jurisdiction), "kind": list(kind),
         "all": all_ or bool(rule_id)},
        output, title="Rules", shown=POLICIES_SHOWN, empty="no rule is in force that matches",
    )  # fmt: skip


@click.command()
@click.option("--instrument", multiple=True, type=click.Choice(INSTRUMENTS), help="Only this instrument.")
@click.option(
    "--stage",
    multiple=True,
    type=click.Choice(["announced", "awarded", "disbursed", "clawed_back"]),
    help="Only this stage.",
)
@click.option("--jurisdiction", multiple=True, metavar="CODE", help="Only this jurisdiction: US, EU.")
@asking("firm", "project")
@pass_context
def support(
    context: Context,
    instrument: tuple[str, ...],
    stage: tuple[str, ...],
    jurisdiction: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show public support: one row a stage, in the currency stated.

    --firm is the recipient. Stages of one support are not to be added.

    Examples:

        policytrack support --firm mp-materials

        policytrack support --instrument price_floor --as-of 2025-12-31
    """
    answer_question(
        context, "supports", coordinates,
        {**filters, "instrument": list(instrument), "support_stage": list(stage), "jurisdiction": list(jurisdiction)},
        output,
        title="Support", shown=SUPPORT_SHOWN, empty="no support is recorded that matches",
    )  # fmt: skip
