"""`report`: writes one HTML file with two date sliders, to look at in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.citing import citation_of
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import Day, query_options
from policytrack.cli.output.write import write_parts
from policytrack.cli.run_question import Output, run_query
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session
    from policytrack.report.data import ReportData


@click.command()
@click.option("--title", metavar="TEXT", help="Title of the page. [default: the name of the firm or ledger]")
@click.option(
    "--logo",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="PNG or plain SVG to show above the title, up to 200,000 bytes.",
)
@click.option(
    "--since",
    type=Day(),
    metavar="DATE",
    help="First day of the events listed as new. [default: the last year]",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the file in the browser.")
@query_options("country", "activity", "firm", formats=False, defaults=False)
@pass_context
def report(
    context: Context,
    title: str | None,
    logo: Path | None,
    since: date | None,
    is_opened: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Write a report: one HTML file that works offline, with a slider for each of the two dates.

    The page shows national capacity, its course over time, pending projects by due year, and the events with their
    sources, at any pair of dates up to --as-of and --known-at. It also shows firms and their shares, swaps, quotas,
    rules and support. Each figure explains itself by its events.

    With --firm, the page shows what concerns this firm: what it holds on the three bases, what it owns, its facilities,
    pending projects, swaps, quotas, support and events.

    Examples:

        policytrack report -o report.html --open

        policytrack report -o china.html --country CN --title "China" --since 2025-06-30

        policytrack report -o firm.html --firm northern-rare-earth
    """
    target = output[1]
    if is_opened and target is None:
        raise UsageError("--open needs -o FILE", hint="policytrack report -o report.html --open")
    if context.output is not None and target is None:
        raise UsageError("--json needs -o FILE: the page is not JSON", hint="policytrack report -o report.html --json")

    if since is not None and since > coordinates.known_at:
        raise UsageError(
            f"--since {since} is after the knowledge date {coordinates.known_at}: no event of the report is new",
            hint="use an earlier --since, or a later --known-at",
        )
    from policytrack.report.logo import logo_of

    image = "" if logo is None else logo_of(logo)

    def collected(session: Session) -> ReportData:
        from policytrack.questions import check_filters
        from policytrack.report.data import collect

        checked = check_filters(session, filters)
        citation = citation_of(context, coordinates)
        return collect(session, coordinates, citation, checked, title, since)

    data = run_query(context, coordinates, collected)
    from policytrack.report.build import page_of

    position = citation_of(context, coordinates).position
    context.done = {"file": None if target is None else str(target), "events": position}
    write_parts([page_of(data, image)], target)
    for sentence in data.left_out:
        context.say(sentence)
    if data.left_out:
        context.say("policytrack serve shows all of it")
    if target is not None:
        context.say(f"report of e1–e{position} written to {target}")
        if is_opened:
            webbrowser.open(target.resolve().as_uri())
