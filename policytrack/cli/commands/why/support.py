"""`why support`: explains a figure of support by its stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.commands.support import currency_of, support_options
from policytrack.cli.commands.why.render import show_explanation
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output
from policytrack.errors import UsageError
from policytrack.questions.why_support import FIGURES, SupportQuestion, explain_support

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


@click.command(name="support")
@click.argument("figure", type=click.Choice([name.replace("_", "-") for name in FIGURES]), metavar="FIGURE")
@click.option("--currency", "stated", metavar="CODE", help="The stated currency. [default: the only one]")
@support_options
@query_options("firm", "project", "country", "activity")
@pass_context
def why_support(
    context: Context,
    figure: str,
    stated: str | None,
    support_id: tuple[str, ...],
    instrument: tuple[str, ...],
    jurisdiction: tuple[str, ...],
    currency: str | None,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain a figure of support: announced, awarded, disbursed, clawed-back or outstanding.

    The figure is that of `support --by`, for what the filters choose.

    Examples:

        policytrack why support outstanding --support iluka-eneabba-loan

        policytrack why support awarded --country US --in USD --json
    """
    if stated is not None and currency is not None:
        raise UsageError("--currency and --in cannot be combined", hint="use one of them")
    chosen = {
        **filters, "support": list(support_id), "instrument": list(instrument), "jurisdiction": list(jurisdiction),
    }  # fmt: skip
    asked = SupportQuestion(figure.replace("-", "_"), chosen, currency_of(stated), currency_of(currency))
    show_explanation(context, coordinates, output, lambda session: explain_support(session, asked))
