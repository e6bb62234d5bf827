"""Declares the options that several commands share: dates, filters and output."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import click as plain_click
import rich_click as click

from policytrack.cli.context import Context, today
from policytrack.cli.defaults import NO_DEFAULTS, is_default, note_defaults
from policytrack.cli.shell_completion import ids
from policytrack.errors import InvalidDate, UsageError, shortened
from policytrack.output.encoding import FORMATS
from policytrack.questions.periods import MONTHS, VINTAGES
from policytrack.questions.why_national import FIGURES
from policytrack.values.choices import ASSERTIONS, Because, StakeKind

MOST_DIGITS = 18
"""Digits that a ledger position may have: more would overflow SQLite's 64-bit integers."""

F = TypeVar("F", bound=Callable[..., Any])


class PeriodEnd(click.ParamType[date]):
    """A day. A month or a year means its last day, inclusive."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day. Raises click's `BadParameter` for any other text."""
        from policytrack.values.dates import parse_period_end

        if isinstance(value, date):
            return value
        try:
            return parse_period_end(value, today())
        except InvalidDate as problem:
            self.fail(f"{problem.what}. {problem.hint}", param, ctx)


class Day(click.ParamType[date]):
    """A day: YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day. Raises click's `BadParameter` for any other text."""
        from policytrack.values.dates import parse_day

        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except InvalidDate as problem:
            self.fail(f"{problem.what}. {problem.hint}", param, ctx)


class Assertions(click.ParamType[tuple[str, ...]]):
    """Assertions, several in one word with commas: ``confirmed,reported``."""

    name = "assertion"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the assertions, each once, in their order of certainty. Raises click's `BadParameter` for another."""
        if isinstance(value, tuple):
            return value
        given = [word.strip() for word in str(value).split(",")]
        for word in given:
            if word not in ASSERTIONS:
                self.fail(f"{shortened(word)!r} is not an allowed value. Allowed: {', '.join(ASSERTIONS)}", param, ctx)
        return tuple(word for word in ASSERTIONS if word in given)


class OutputFile(click.Path):
    """The path of a file to write; ``-`` means standard output, like no option."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; None for standard output. Raises click's `BadParameter` for a folder."""
        return None if str(value) == "-" else super().convert(value, param, ctx)


class Position(click.ParamType[int]):
    """A ledger position, as ``e14`` or ``14``."""

    name = "position"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the position. Raises click's `BadParameter` for any other text."""
        text = str(value).removeprefix("e")
        if text.isdecimal() and len(text) <= MOST_DIGITS:
            return int(text)
        return self.fail(f"{shortened(str(value))!r} is not an event position. Use e14 or 14", param, ctx)


class Instant(click.ParamType[datetime]):
    """An instant in UTC: ``2026-11-23T10:00``. A day means its last microsecond."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant in UTC. Raises click's `BadParameter` for any other text."""
        from policytrack.values.dates import parse_instant

        try:
            return parse_instant(str(value))
        except InvalidDate:
            return self.fail(f"{shortened(str(value))!r} is not an instant. Use 2026-11-23T10:00 (UTC)", param, ctx)


BECAUSE = click.option(
    "--because",
    type=click.Choice(get_args(Because)),
    required=True,
    help="error: a recording mistake, wrong at every knowledge date. revision: the source changed its statement; before"
    " that date the old one counts.",
)
DRY_RUN = click.option("-n", "--dry-run", is_flag=True, help="Show what would change; write nothing.")
YES = click.option(
    "-y", "--yes", is_flag=True, help="Write without a prompt, also for a date after today or a doubtful clock."
)

FIGURE_NAMES = tuple(figure.replace("_", "-") for figure in FIGURES)
"""National figures that `why` and `diff` explain, as written on the command line."""
STAKE_KINDS = tuple(kind for kind in get_args(StakeKind) if kind != "issued")

_TIME = (
    click.option(
        "--as-of",
        type=PeriodEnd(),
        metavar="DATE",
        help="Valid date: show the world as it was on this date. A month or year means its last day. [default: today]",
    ),
    click.option(
        "--known-at",
        type=PeriodEnd(),
        metavar="DATE",
        help="Knowledge date: use only information public by this date. [default: today]",
    ),
    click.option(
        "--dates",
        type=click.Choice(["latest", "earliest"]),
        default="latest",
        show_default=True,
        help="Count an event with a vague date from its latest or its earliest day.",
    ),
    click.option(
        "--head",
        type=Position(),
        metavar="N",
        shell_complete=ids("event"),
        help="Replay the ledger up to this event: e14 or 14.",
    ),
    click.option(
        "--recorded-at",
        type=Instant(),
        metavar="INSTANT",
        help="Replay the ledger up to this instant (UTC): 2026-11-23T10:00.",
    ),
    click.option(
        "--assertion",
        "assertions",
        type=Assertions(),
        metavar="LIST",
        help="Fold only events of these assertions: confirmed,reported,inferred,rumour. This changes the figures.",
    ),
    click.option(
        "--min-sources-folded",
        type=click.IntRange(min=1),
        metavar="N",
        help="Fold only events with N independent sources or more, as known at --known-at. This changes the figures.",
    ),
)
_FORMAT = (
    click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        help="Format of the rows. [default: table on a terminal, tsv on a pipe]",
    ),
    click.option("--json", "as_json", is_flag=True, help="Same as --format json; errors are JSON on stderr too."),
    click.option(
        "--envelope",
        is_flag=True,
        help="Write one JSON object: the dates, head, digest, units and notes, with the rows in it.",
    ),
)
_FILE = (
    click.option(
        "-o",
        "--output",
        type=OutputFile(),
        metavar="FILE",
        help="Write to a file. Its extension sets the format. `-` is stdout.",
    ),
    click.option("--cite", is_flag=True, help="Print a citation of the result to stderr."),
)
_FILTERS = {
    "country": click.option(
        "--country",
        multiple=True,
        shell_complete=ids("country"),
        metavar="CODE",
        help="Only this country (ISO 3166-1).",
    ),
    "region": click.option(
        "--region", multiple=True, shell_complete=ids("region"), metavar="CODE", help="Only this region (ISO 3166-2)."
    ),
    "activity": click.option(
        "--activity", multiple=True, shell_complete=ids("activity"), metavar="ID", help="Only this activity."
    ),
    "firm": click.option("--firm", multiple=True, shell_complete=ids("firm"), metavar="ID", help="Only this firm."),
    "facility": click.option(
        "--facility", multiple=True, shell_complete=ids("facility"), metavar="ID", help="Only this facility."
    ),
    "project": click.option(
        "--project", multiple=True, shell_complete=ids("project"), metavar="ID", help="Only this project."
    ),
    "field": click.option(
        "--field",
        multiple=True,
        shell_complete=ids("field"),
        metavar="FIELD=VALUE",
        help="Only with this value of a declared custom field.",
    ),
}


def _head(head: int | None, recorded_at: datetime | None) -> int | None:
    """Return the position that --head or --recorded-at sets; None without either."""
    if head is not None and recorded_at is not None:
        raise UsageError("--head and --recorded-at cannot be combined", hint="use one of them")
    if recorded_at is None:
        return head
    return plain_click.get_current_context().ensure_object(Context).ledger().position_at(recorded_at)


def _apply(function: F, options: tuple[Callable[[F], F], ...]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def query_options(
    *filters: str, include: bool = False, formats: bool = True, defaults: bool = True
) -> Callable[[F], F]:
    """Return a decorator that adds the options of a query: dates, the named filters, and output.

    The command is called with `coordinates`, `filters` (values by filter name) and `output` (format, file) besides its
    own arguments. With `include`, it also has --include and --perimeter, which set parts of `coordinates`. Without
    `formats`, the output is a file of one format. With `defaults`, options that are not given may have a default in
    the settings of the ledger.
    """
    extra: tuple[Any, ...] = ()
    if include:
        extra = (
            click.option(
                "--include",
                multiple=True,
                type=click.Choice(STAKE_KINDS),
                help="Count shares of this kind as well as issued shares.",
            ),
            click.option(
                "--perimeter",
                type=PeriodEnd(),
                metavar="DATE",
                help="Use the groups of this day: shares, control and mergers. [default: the day of --as-of]",
            ),
        )

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(*args: Any, **given: Any) -> Any:
            from policytrack.readmodel.coordinates import Coordinates

            run = plain_click.get_current_context()
            context = run.ensure_object(Context)
            note_defaults(run, context)
            day = today()
            coordinates = Coordinates(
                as_of=given.pop("as_of") or day,
                known_at=given.pop("known_at") or day,
                dates=given.pop("dates"),
                include=tuple(given.pop("include", ())),
                perimeter=given.pop("perimeter") if include else None,
                head=_head(given.pop("head"), given.pop("recorded_at")),
                assertions=given.pop("assertions") or (),
                min_sources_folded=given.pop("min_sources_folded") or 0,
            )
            chosen = {name: list(given.pop(name)) for name in filters}
            context.envelope = given.pop("envelope", False)
            is_json = given.pop("as_json", False)
            if is_default(run, "format_") and (context.envelope or given["output"] is not None):
                given["format_"] = None  # the user chose JSON, or the extension of a file
            if context.envelope and not is_json and given.get("format_") not in (None, "json"):
                raise UsageError(
                    f"--envelope does not apply to --format {given['format_']}", hint="leave out --format: it is JSON"
                )
            output = ("json" if is_json or context.envelope else given.get("format_"), given.pop("output"))
            given.pop("format_", None)  # --json wins over --format
            cite = given.pop("cite")
            answer = function(*args, coordinates=coordinates, filters=chosen, output=output, **given)
            if cite:  # after the answer: the citation names the head that the answer includes
                from policytrack.cli.citing import print_citation

                print_citation(context, coordinates)
            return answer

        options = (*_TIME, *extra, *(_FILTERS[name] for name in filters), *(_FORMAT if formats else ()), *_FILE)
        if defaults:
            options = (*options, NO_DEFAULTS)
        return _apply(command, options)  # type: ignore[return-value] # click's decorators keep the callable

    return decorate


_PERIODS = (
    click.option(
        "--every", type=click.Choice(list(MONTHS)), default="year", show_default=True, help="Length of a period."
    ),
    click.option("--from", "start", type=PeriodEnd(), required=True, metavar="DATE", help="First day."),
    click.option("--to", "end", type=PeriodEnd(), metavar="DATE", help="Last day. [default: --as-of]"),
    click.option(
        "--vintage",
        type=click.Choice(VINTAGES),
        default="current",
        show_default=True,
        help="current: each day as known at --known-at. real-time: each day as known on that day. revisions: --as-of as"
        " known on each day.",
    ),
)


def period_options(command: F) -> F:
    """Add the options that choose the days of a series: every, start, end, vintage."""
    return _apply(command, _PERIODS)
