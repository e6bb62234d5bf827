"""`support`: lists public support by stage, or adds it up, in the stated currency or converted by stated rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.cli.shell_completion import ids
from policytrack.errors import UsageError
from policytrack.questions.requests import Request
from policytrack.values.choices import Instrument, SupportStage

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

F = TypeVar("F", bound=Callable[..., Any])

SUPPORT_SHOWN = (
    "support_id", "recipient_id", "instrument", "stage", "amount", "currency", "since", "programme",
    "project_id",
)  # fmt: skip
TOTALS_SHOWN = (
    "group_id", "currency", "awarded", "disbursed", "clawed_back", "outstanding", "announced", "unknown_count",
    "support_count",
)  # fmt: skip
INSTRUMENTS = get_args(Instrument)
GROUPS = ("support", "project", "firm", "country", "activity", "instrument", "programme", "jurisdiction")
_OPTIONS = (
    click.option(
        "--support", "support_id", multiple=True, metavar="ID", shell_complete=ids("support"), help="Only this support."
    ),
    click.option("--instrument", multiple=True, type=click.Choice(INSTRUMENTS), help="Only this instrument."),
    click.option("--jurisdiction", multiple=True, metavar="CODE", help="Only this jurisdiction: US, EU."),
    click.option(
        "--in",
        "currency",
        metavar="CURRENCY",
        help="Convert to this currency (ISO 4217): each stage by the last rate stated on or before its day.",
    ),
)


def support_options(function: F) -> F:
    """Add the filters of support and --in to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def currency_of(text: str | None) -> str | None:
    """Return a currency as its code. Raises `UsageError` for anything else."""
    from policytrack.errors import InvalidQuantity
    from policytrack.values.currencies import currency

    try:
        return None if text is None else currency(text.upper())
    except InvalidQuantity as problem:
        raise UsageError(problem.what, hint=problem.hint) from None


@click.command()
@click.option(
    "--by",
    type=click.Choice(("stage", *GROUPS)),
    default="stage",
    show_default=True,
    help="stage: each stage as stated. Otherwise add up per group and currency.",
)
@click.option("--stage", multiple=True, type=click.Choice(get_args(SupportStage)), help="Only this stage.")
@support_options
@shape_options
@query_options("firm", "project", "country", "activity")
@pass_context
def support(
    context: Context,
    by: str,
    stage: tuple[str, ...],
    support_id: tuple[str, ...],
    instrument: tuple[str, ...],
    jurisdiction: tuple[str, ...],
    currency: str | None,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show public support by stage, or what is awarded, disbursed and outstanding.

    The stages of one support are steps of the same money, so only --by adds them up: the last announcement, the last
    award, all payments and claw-backs. Outstanding is awarded minus disbursed. Amounts of two currencies are never
    added; --in converts them by recorded rates (`record exchange-rate-stated`).

    Examples:

        policytrack support --firm mp-materials

        policytrack support --by project --country US

        policytrack support --by country --in USD --as-of 2025-12-31

    Next: policytrack why support outstanding --firm mp-materials.
    """
    chosen: dict[str, Any] = {
        **filters, "support": list(support_id), "instrument": list(instrument), "jurisdiction": list(jurisdiction),
    }  # fmt: skip
    if by == "stage":
        if currency is not None:
            raise UsageError("--in does not apply to --by stage", hint="use another --by, for instance --by support")
        answer_question(
            context, Request("supports", {**chosen, "support_stage": list(stage)}), coordinates, output,
            title="Support", shown=SUPPORT_SHOWN, empty="no support is recorded that matches",
        )  # fmt: skip
        return
    if stage:
        raise UsageError(f"--stage does not apply to --by {by}", hint="each stage has a column of its own")
    code = currency_of(currency)
    answer_question(
        context, Request("support_totals", {**chosen, "by": by, "currency": code}), coordinates, output,
        title=f"Support by {by}", shown=TOTALS_SHOWN, empty="no support is recorded that matches",
        remark=None if code is None else lambda _, __: f"in {code}, each stage at the rate of its day",
    )  # fmt: skip
