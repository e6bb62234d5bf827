"""`quotas`: lists quotas by notice, holder or year."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import rich_click as click

from policytrack.cli import shell_completion
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests
from policytrack.values.choices import QuotaStage

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


QUOTAS_SHOWN = (
    "year", "batch", "stage", "holder_id", "material", "amount", "unit", "is_withheld", "cumulative",
    "jurisdiction",
)  # fmt: skip


QUOTA_SUMS_SHOWN = (
    "year", "batch", "stage", "holder_id", "amount", "change_pct", "unit", "year_before", "jurisdiction",
    "unknown_count",
)  # fmt: skip


STAGES = get_args(QuotaStage)


PERIMETER = click.option(
    "--perimeter",
    type=click.Choice(requests.PERIMETERS),
    default="reported",
    show_default=True,
    help="constant: count a firm that had merged by the valid date under its successor in every year.",
)


@click.command()
@click.option("--year", multiple=True, type=int, metavar="YEAR", help="Only this year.")
@click.option("--stage", multiple=True, type=click.Choice(STAGES), help="Only this stage.")
@click.option(
    "--material",
    multiple=True,
    metavar="TEXT",
    help="Only this material, as named in the notice. Sums include it only.",
)
@click.option(
    "--holder", multiple=True, metavar="FIRM", shell_complete=shell_completion.ids("firm"), help="Only this holder."
)
@click.option(
    "--by",
    type=click.Choice(["notice", "holder", "year"]),
    default="notice",
    show_default=True,
    help="notice: each quota as issued. holder: sum over the materials of a notice. year: sum over the notices of a"
    " year.",
)
@PERIMETER
@shape_options
@query_options("country", "activity")
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
    """Show quotas by notice, holder or year, with the change from the year before.

    The row without a holder is the national total.

    Examples:

        policytrack quotas --year 2024 --stage mining

        policytrack quotas --by holder --perimeter constant --stage mining

        policytrack quotas --by year --format csv
    """
    chosen = {
        **filters, "year": list(year), "stage": list(stage), "material": list(material), "firm": list(holder),
        "perimeter": perimeter,
    }  # fmt: skip
    answer_question(
        context, requests.quotas(by, chosen), coordinates, output,
        title="Quotas", shown=QUOTAS_SHOWN if by == "notice" else QUOTA_SUMS_SHOWN,
        empty="no quota is recorded that matches",
    )  # fmt: skip
