"""Commands that ask: capacity, holdings, pending, asof, log, show, sql."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click as plain_click
import rich_click as click
from click.core import ParameterSource

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import Day, asking
from policytrack.cli.output import Answer, write
from policytrack.errors import DamagedReadModel, NotFound, UsageError

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Output = tuple[str | None, Path | None]

# What a terminal shows, the most important first: what does not fit is left out from the end.
CAPACITY_SHOWN = (
    "country_code",
    "region_code",
    "activity_id",
    "operating",
    "owed_retirement",
    "net",
    "pending_gross",
    "pending_retiring",
    "pending_net",
    "unit",
    "unknown_count",
    "idle",
)
FACILITY_SHOWN = (
    "facility_id",
    "activity_id",
    "operating",
    "unit",
    "country_code",
    "region_code",
    "installed",
    "idle",
    "last_stated_on",
)
HOLDINGS_SHOWN = ("firm_id", "activity_id", "status", "basis", "capacity", "unit")
PENDING_SHOWN = (
    "project_id",
    "capacity_remaining",
    "retiring",
    "net",
    "unit",
    "due",
    "status",
    "swap_verdict",
    "activity_id",
    "is_overdue",
    "slip_days",
    "country_code",
)
LOG_SHOWN = ("position", "effective", "summary", "known_on", "type", "superseded_by")


def footer(context: Context, coordinates: Coordinates) -> str:
    """The coordinates under an answer: when it is true, what was known, and which record says so."""
    from policytrack.store.reading import head

    top = head(context.ledger().store)
    vague = "" if coordinates.dates == "latest" else " · vague dates by their earliest day"
    return (
        f"as of {coordinates.as_of} · known at {coordinates.known_at} · "
        f"head e{top.position} sha256:{top.digest_hex[:12]}{vague}"
    )


T = TypeVar("T")


def asked(context: Context, coordinates: Coordinates, question: Callable[[Session], T]) -> T:
    """The answer to a question on the ledger of this run, caught up."""
    ledger = context.ledger()

    def once() -> T:
        with ledger.ask(coordinates, notes=context.note, progress=context.progress("catching up")) as session:
            return question(session)

    return undamaged(context, once)


def undamaged(context: Context, once: Callable[[], T]) -> T:
    """The answer of `once`; if the read model turns out to be damaged, it is built again and asked once more."""
    try:
        return once()
    except DamagedReadModel as damage:
        context.say(f"note: {damage.what}; building it again from the events")
        context.ledger().read_model.discard_current()
        return once()


def _answer(
    context: Context,
    question: str,
    coordinates: Coordinates,
    filters: Mapping[str, Any],
    output: Output,
    *,
    title: str,
    shown: tuple[str, ...],
    empty: str = "no rows",
) -> None:
    from policytrack.questions import ask, check_filters

    def answer(session: Session) -> Any:
        check_filters(session, filters)
        return ask(session, question, filters)

    table = asked(context, coordinates, answer)
    write(Answer(table, title, footer(context, coordinates), shown, empty), context, *output)


@click.command()
@click.option(
    "--by",
    type=click.Choice(["country", "region", "facility"]),
    default="country",
    show_default=True,
    help="One row per country, region or facility.",
)
@asking("country", "region", "activity", "firm", "facility")
@pass_context
def capacity(
    context: Context, by: str, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """Show national capacity: operating, owed to swaps, net, and pending.

    Examples:

        policytrack capacity --activity rare-earth-separation

        policytrack capacity --by facility --country CN --as-of 2020 --format csv

    Next: policytrack pending, policytrack holdings.
    """
    narrower = {"country": ("region", "firm", "facility"), "region": ("firm", "facility"), "facility": ()}[by]
    if wrong := [name for name in narrower if filters.get(name)]:
        raise UsageError(
            f"--{wrong[0]} does not apply to --by {by}",
            hint="ask with --by facility, or --by region for regions",
        )
    question = {"country": "capacity", "region": "capacity_by_region", "facility": "capacity_by_facility"}[by]
    _answer(
        context, question, coordinates, filters, output,
        title="Capacity", shown=FACILITY_SHOWN if by == "facility" else CAPACITY_SHOWN,
        empty="no capacity is recorded that matches",
    )  # fmt: skip


@click.command()
@click.argument("firm_id", required=False, metavar="[FIRM]")
@click.option(
    "--basis",
    multiple=True,
    type=click.Choice(["operated", "controlled", "attributable"]),
    help="Only this basis.",
)
@click.option("--status", multiple=True, type=click.Choice(["operating", "pending"]), help="Only this status.")
@asking("firm", "activity", include=True)
@pass_context
def holdings(
    context: Context,
    firm_id: str | None,
    basis: tuple[str, ...],
    status: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show each firm's capacity: operated, controlled, attributable.

    Examples:

        policytrack holdings northern-rare-earth

        policytrack holdings --status pending --basis attributable --include planned
    """
    chosen = {**filters, "basis": list(basis), "status": list(status)}
    if firm_id:
        chosen["firm"] = [*filters["firm"], firm_id]
    _answer(
        context, "holdings", coordinates, chosen, output,
        title="Holdings (sums over firms mean nothing: a venture counts under each owner)",
        shown=HOLDINGS_SHOWN, empty="no holdings are recorded that match",
    )  # fmt: skip


@click.command()
@click.option("--overdue", is_flag=True, help="Only projects whose due date has passed.")
@click.option("--due-before", type=Day(), metavar="DATE", help="Only projects due before this day.")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice(["announced", "approved", "construction", "trial", "suspended"]),
    help="Only this status.",
)
@asking("country", "region", "activity", "firm", "facility", "project")
@pass_context
def pending(
    context: Context,
    overdue: bool,
    due_before: date | None,
    status: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show projects still to come: gross, retiring, net, due.

    Examples:

        policytrack pending --country CN

        policytrack pending --as-of 2025-01-31 --known-at 2025-01-31 --format json
    """
    _answer(
        context, "pending", coordinates,
        {**filters, "status": list(status), "overdue": overdue, "due_before": due_before}, output,
        title="Pending projects", shown=PENDING_SHOWN, empty="no project is pending that matches",
    )  # fmt: skip


@click.command(name="log")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help="Only events of this type, for instance project_approved.",
)
@click.option("--since", type=Day(), metavar="DATE", help="Only events effective on or after this day.")
@click.option("--until", type=Day(), metavar="DATE", help="Only events effective on or before this day.")
@click.option("--text", metavar="WORDS", help="Only events whose summary, type or subjects contain this.")
@asking("firm", "facility", "project")
@pass_context
def log_command(
    context: Context,
    types: tuple[str, ...],
    since: date | None,
    until: date | None,
    text: str | None,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """List the events, oldest position first.

    Examples:

        policytrack log --project northern-jinlong-separation

        policytrack log --type project_approved --since 2025-01-01
    """
    from policytrack.events import EVENT_TYPES
    from policytrack.ids import near_matches

    wanted = [name.replace("-", "_") for name in types]
    for name in wanted:
        if name not in EVENT_TYPES:
            close = ", ".join(near_matches(name, EVENT_TYPES))
            raise UsageError(
                f"no event type {name!r}",
                hint=f"close: {close}" if close else "see `policytrack schema --events`",
            )
    subjects = [f"{kind}:{id_}" for kind, ids in filters.items() for id_ in ids]
    _answer(
        context, "log", coordinates,
        {**filters, "type": wanted, "subject": subjects, "since": since, "until": until, "text": text}, output,
        title="Events", shown=LOG_SHOWN, empty="no event is recorded that matches",
    )  # fmt: skip


@click.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Read the query from a file.",
)
@click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Bind $name in the query.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N rows; said on stderr when it cuts.")
@click.option("--timeout", type=click.IntRange(1, 3600), default=60, show_default=True, metavar="SECONDS")
@asking(include=True)
@pass_context
def sql(
    context: Context,
    query: str | None,
    file: Path | None,
    parameters: tuple[str, ...],
    limit: int | None,
    timeout: int,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Ask SQL over the views, read-only. `-` reads the query from stdin.

    Examples:

        policytrack sql "FROM national_capacity" --as-of 2025-10-31 --known-at 2025-10-31

        policytrack sql "SELECT * FROM project WHERE due_latest < $day::DATE" -p day=2027-01-01

    The views and their columns: policytrack schema.
    """
    from policytrack.readmodel.sandbox import run_sql

    del filters  # sql takes none
    text = _query_text(query, file)
    bound: dict[str, object] = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(
                f"-p {parameter!r} is not NAME=VALUE",
                hint="for instance -p country=CN, and $country in the query",
            )
        bound[name] = value
    ledger = context.ledger()

    def once() -> Any:
        path = ledger.generation(notes=context.note, progress=context.progress("catching up"))
        rows = None if limit is None else limit + 1
        return run_sql(path, coordinates, text, parameters=bound, limit=rows, timeout_seconds=timeout)

    table = undamaged(context, once)
    if limit is not None and table.num_rows > limit:
        table = table.slice(0, limit)
        context.say(f"note: more than {limit} rows; the rest is left out (--limit)")
    write(Answer(table, "", footer(context, coordinates)), context, *output)


def _query_text(query: str | None, file: Path | None) -> str:
    if file is not None and query is None:
        return file.read_text(encoding="utf-8")
    if file is None and query == "-":
        return sys.stdin.read()
    if file is None and query:
        return query
    raise UsageError(
        "give one query, as an argument or with --file",
        hint='for instance policytrack sql "FROM national_capacity"',
    )


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="EVENT|ID…")
@asking()
@pass_context
def show(
    context: Context,
    names: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show an event (e14), or a firm, facility, project or swap by its id, with its sources and its events.

    Examples:

        policytrack show e14

        policytrack show northern-jinlong-separation
    """
    from policytrack.cli.show import show_one

    del filters  # show takes none
    line = footer(context, coordinates)
    for name in names:
        asked(context, coordinates, lambda session, name=name: show_one(context, session, name, line, output))  # type: ignore[misc] # mypy cannot infer the default


@click.command()
@click.argument("day", required=False, metavar="[DATE]")
@asking("country", "activity")
@pass_context
def asof(
    context: Context, day: str | None, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """Show one page: capacity, pending, the latest events and what to beware of.

    The date stands for both clocks unless --known-at is given. Rows of a chosen --format are those of capacity.

    Examples:

        policytrack asof 2025-01

        policytrack asof 2025-10-31 --activity rare-earth-separation
    """
    from dataclasses import replace

    from policytrack.cli.context import today
    from policytrack.dates import parse_period_end
    from policytrack.questions import ask, check_filters

    if day is not None:
        cut = parse_period_end(day, today())
        both = plain_click.get_current_context().get_parameter_source("known_at") is ParameterSource.DEFAULT
        coordinates = replace(coordinates, as_of=cut, known_at=cut if both else coordinates.known_at)

    def page(session: Session) -> tuple[Answer, ...]:
        check_filters(session, filters)
        return (
            Answer(ask(session, "capacity", filters), "Capacity", "", CAPACITY_SHOWN, "no capacity is recorded"),
            Answer(ask(session, "pending", filters), "Pending projects", "", PENDING_SHOWN, "no project is pending"),
            Answer(_last(ask(session, "log"), 5), "Latest events", "", LOG_SHOWN, "no event is recorded"),
            Answer(ask(session, "concerns"), "Beware", "", (), "nothing to beware of"),
        )

    parts = asked(context, coordinates, page)
    line = footer(context, coordinates)
    if output != (None, None):
        write(replace(parts[0], footer=line), context, *output)
        return
    from policytrack.cli.terminal import print_table

    for part in parts:
        print_table(part, context)
        click.echo()
    click.echo(line)


def _last(table: Any, count: int) -> Any:
    return table.slice(max(0, table.num_rows - count))


def not_found(name: str, candidates: tuple[str, ...]) -> NotFound:
    """The error for a name that is nothing of the ledger."""
    hint = (
        f"close: {', '.join(candidates)}; nothing was chosen for you"
        if candidates
        else "`policytrack log` lists the events"
    )
    return NotFound(f"nothing is called {name!r}", hint=hint, candidates=candidates)
