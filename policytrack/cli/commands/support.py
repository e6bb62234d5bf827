"""`support`: lists public support by stage, in the stated currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions.requests import Request
from policytrack.values.choices import Instrument, SupportStage

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


SUPPORT_SHOWN = (
    "support_id", "recipient_id", "instrument", "stage", "amount", "currency", "since", "programme",
    "project_id",
)  # fmt: skip


INSTRUMENTS = get_args(Instrument)


@click.command()
@click.option("--instrument", multiple=True, type=click.Choice(INSTRUMENTS), help="Only this instrument.")
@click.option(
    "--stage",
    multiple=True,
    type=click.Choice(get_args(SupportStage)),
    help="Only this stage.",
)
@click.option("--jurisdiction", multiple=True, metavar="CODE", help="Only this jurisdiction: US, EU.")
@shape_options
@query_options("firm", "project")
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
    """Show public support: one row per stage, in the stated currency.

    --firm filters by recipient. Do not add the stages of one support: they are steps of the same money.

    Examples:

        policytrack support --firm mp-materials

        policytrack support --instrument price_floor --as-of 2025-12-31
    """
    chosen = {
        **filters, "instrument": list(instrument), "support_stage": list(stage), "jurisdiction": list(jurisdiction)
    }  # fmt: skip
    answer_question(
        context, Request("supports", chosen), coordinates, output,
        title="Support", shown=SUPPORT_SHOWN, empty="no support is recorded that matches",
    )  # fmt: skip
