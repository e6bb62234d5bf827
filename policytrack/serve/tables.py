"""The tables that `serve` shows, answers and writes to files: each is a query of the command line with its filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, get_args

from policytrack.errors import UsageError
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import SourceClass
from policytrack.questions import ask, ask_some, check_filters
from policytrack.questions.periods import MONTHS, VINTAGES, forecast_days, series_days
from policytrack.questions.requests import WHAT
from policytrack.questions.why_holding import BASES, STATUSES
from policytrack.serve.parameters import Parameter
from policytrack.values.choices import Instrument, PendingStatus, QuotaStage, RuleKind, SupportStage

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Values = dict[str, Any]
Prepare = Callable[[Values, "Coordinates"], Values]

COUNTRY = Parameter("country", "Only this country (ISO 3166-1).", many=True)
REGION = Parameter("region", "Only this region (ISO 3166-2).", many=True)
ACTIVITY = Parameter("activity", "Only this activity.", many=True)
FIRM = Parameter("firm", "Only this firm, by its id or a name.", many=True)
FACILITY = Parameter("facility", "Only this facility, by its id or a name.", many=True)
FIELD = Parameter("field", "Only with this value of a declared custom field: node=28 nm.", many=True)
PROJECT = Parameter("project", "Only this project, by its id or a name.", many=True)
_ID = Parameter("id", "Id of what it is about.", is_required=True)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the query behind it, its filters, and the columns that a page shows, the most important first.

    `prepare` makes the filters of the query out of the values of the address, where they differ.
    """

    name: str
    query: str
    title: str
    meaning: str
    shown: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    empty: str = "nothing is recorded that matches"
    prepare: Prepare | None = None


@dataclass(frozen=True, slots=True)
class Some:
    """Some rows of a table, the number of rows before them, and the number of all rows."""

    rows: pa.Table
    start: int
    count: int


def rows_of_table(session: Session, table: Table, given: Values) -> pa.Table:
    """Run the query of a table with the values of an address. Raises what `check_filters` and the query raise."""
    return ask(session, table.query, _filters(session, table, given))


def some_of_table(session: Session, table: Table, given: Values, start: int, limit: int) -> Some:
    """Return at most `limit` rows from the one at `start`. Raises what `rows_of_table` does."""
    rows, count = ask_some(session, table.query, _filters(session, table, given), start, limit)
    return Some(rows, start, count)


def _filters(session: Session, table: Table, given: Values) -> Values:
    prepared = dict(given) if table.prepare is None else table.prepare(dict(given), session.coordinates)
    return check_filters(session, prepared)


def _choice(name: str, meaning: str, choices: tuple[str, ...], *, filter_: str = "") -> Parameter:
    return Parameter(name, meaning, choices=choices, many=True, filter=filter_)


def _in_series(given: Values, coordinates: Coordinates) -> Values:
    first = given.pop("from") or coordinates.as_of.replace(year=max(1, coordinates.as_of.year - 10), day=1)
    days = series_days(
        first, given.pop("to"), given.pop("every") or "year", given.pop("vintage") or "current", coordinates
    )
    if len(days.as_of) > _MOST_PERIODS:
        raise UsageError(
            f"the series would have {len(days.as_of):,} days", hint=f"choose longer periods: at most {_MOST_PERIODS}"
        )
    return {**given, "as_of_days": days.as_of, "known_at_days": days.known_at}


_MOST_PERIODS: Final = 1200
"""Days of a series: those of a hundred years by month."""


def _in_forecast(given: Values, coordinates: Coordinates) -> Values:
    end = given.pop("to") or date(min(9999, coordinates.as_of.year + 5), 12, 31)
    days = forecast_days(end, given.pop("every"), coordinates)
    if len(days) > _MOST_PERIODS:
        raise UsageError(
            f"the forecast would have {len(days):,} days", hint=f"choose longer periods: at most {_MOST_PERIODS}"
        )
    return {**given, "days": days}


def _in_news(given: Values, coordinates: Coordinates) -> Values:
    since = given["since"] or coordinates.known_at - min(timedelta(365), coordinates.known_at - date.min)
    if since > coordinates.known_at:
        raise UsageError(f"since {since} is after known_at {coordinates.known_at}", hint="choose an earlier day")
    return {**given, "since": since}


def _in_quotas(given: Values, coordinates: Coordinates) -> Values:
    return {**given, "perimeter": given["perimeter"] or "reported"}


_CAPACITY: Final = (
    "operating", "owed_retirement", "net", "pending_gross", "pending_retiring", "pending_net", "unknown_count",
)  # fmt: skip
_PROJECT_STATUSES: Final = get_args(PendingStatus)
_WHAT: Final = tuple(one.replace("-", " ") for one in WHAT)
_EVENT_SHOWN: Final = ("position", "effective", "summary", "known_on", "assertion", "source_count", "superseded_by")

_ALL: Final = (
    Table(
        "capacity", "capacity", "National capacity",
        "One row per country and activity: `policytrack capacity`.",
        ("country_code", "activity_id", "unit", "installed", "idle", *_CAPACITY), (COUNTRY, ACTIVITY),
        "no capacity counts at these dates",
    ),
    Table(
        "regions", "capacity_by_region", "Capacity by region",
        "One row per region and activity: `policytrack capacity --by region`.",
        ("country_code", "region_code", "activity_id", "unit", *_CAPACITY), (COUNTRY, REGION, ACTIVITY),
        "no capacity counts at these dates",
    ),
    Table(
        "facilities", "capacity_by_facility", "Facilities",
        "One row per facility and activity: `policytrack capacity --by facility`.",
        ("facility_id", "activity_id", "operator_id", "region_code", "installed", "idle", "operating", "unit",
         "last_stated_on"),
        (COUNTRY, REGION, ACTIVITY, FIRM, FACILITY, FIELD), "no facility has capacity at these dates",
    ),
    Table(
        "places", "places", "Map of facilities",
        "One row per facility whose coordinates are recorded, and activity of which it has capacity.",
        ("facility_id", "country_code", "activity_id", "latitude", "longitude", "installed", "operating", "unit"),
        (COUNTRY, REGION, ACTIVITY, FIRM, FACILITY), "no facility with coordinates has capacity at these dates",
    ),
    Table(
        "pending", "pending", "Pending projects",
        "One row per project that is not completed: `policytrack pending`.",
        ("project_id", "firm_id", "country_code", "activity_id", "status", "capacity_remaining", "retiring", "net",
         "unit", "due", "slip_days", "swap_verdict"),
        (COUNTRY, REGION, ACTIVITY, FIRM, FACILITY, PROJECT, FIELD,
         _choice("status", "Only this status.", _PROJECT_STATUSES),
         Parameter("overdue", "Only projects whose due date has passed and that are not built.", "flag"),
         Parameter("due_before", "Only projects due before this day.", "day")),
        "no project is pending at these dates",
    ),
    Table(
        "holdings", "holdings", "Holdings of firms",
        "One row per firm, activity, status and basis: `policytrack holdings`. Do not add over firms: a venture counts"
        " under each owner.",
        ("firm_id", "activity_id", "status", "basis", "capacity", "unit", "unknown_count"),
        (FIRM, ACTIVITY, _choice("basis", "Only this basis.", BASES), _choice("status", "Only this status.", STATUSES)),
        "no holdings at these dates",
    ),
    Table(
        "swaps", "swaps", "Capacity swaps",
        "One row per capacity swap, with its verdict and the reasons: `policytrack swaps`.",
        ("swap_id", "project_id", "activity_id", "status", "verdict", "reasons", "required", "named", "undisclosed",
         "retired", "owed", "unit"),
        (COUNTRY, ACTIVITY, FIRM, PROJECT, Parameter("swap", "Only this swap.", many=True),
         _choice("verdict", "Only this verdict.", ("pass", "fail", "unverified")),
         _choice("status", "Only this status.", ("announced", "objected", "revoked"))),
        "no swap is known at these dates",
    ),
    Table(
        "lots", "lots", "Credit lots",
        "One row per credit lot: `policytrack lots`.",
        ("lot_id", "facility_id", "holder_id", "activity_id", "recognised", "drawn", "returned", "remaining", "unit",
         "expires_on"),
        (ACTIVITY, FIRM, FACILITY, Parameter("lot", "Only this lot.", many=True),
         Parameter("open", "Only lots with remaining capacity that have not expired.", "flag")),
        "no credit lot is known at these dates",
    ),
    Table(
        "quotas", "quotas", "Quotas",
        "One row per quota, as issued: `policytrack quotas`.",
        ("year", "batch", "jurisdiction", "stage", "material", "holder_id", "amount", "unit", "cumulative", "quota_id"),
        (COUNTRY, ACTIVITY, Parameter("year", "Only this year.", "number", many=True),
         _choice("stage", "Only this stage.", get_args(QuotaStage)),
         Parameter("material", "Only this material, as named in the notice.", many=True),
         Parameter("holder", "Only this holder.", many=True, filter="firm"),
         Parameter("perimeter", "constant: count a merged firm under its successor.",
                   choices=("reported", "constant"))),
        "no quota is known at these dates", _in_quotas,
    ),
    Table(
        "rules", "policies", "Rules in force",
        "One row per rule in force: `policytrack policies`.",
        ("rule_id", "kind", "jurisdiction", "activities", "ratio_min", "in_force_from", "in_force_to", "status"),
        (ACTIVITY, Parameter("rule", "Only this rule.", many=True),
         Parameter("jurisdiction", "Only this jurisdiction: CN, CN-NM, EU.", many=True),
         _choice("kind", "Only this kind of rule.", get_args(RuleKind)),
         Parameter("all", "Also suspended, expired, repealed and future rules.", "flag")),
        "no rule is in force at these dates",
    ),
    Table(
        "support", "supports", "Public support",
        "One row per stage of a support: `policytrack support`. Do not add the stages: they are of the same money.",
        ("support_id", "recipient_id", "instrument", "stage", "amount", "amount_low", "amount_high", "currency",
         "since", "project_id"),
        (FIRM, PROJECT, _choice("instrument", "Only this instrument.", get_args(Instrument)),
         _choice("stage", "Only this stage.", get_args(SupportStage), filter_="support_stage"),
         Parameter("jurisdiction", "Only this jurisdiction: US, EU.", many=True)),
        "no support is known at these dates",
    ),
    Table(
        "firms", "firms", "Firms",
        "One row per firm: `policytrack firm list`.",
        ("firm_id", "names", "country_code", "kind", "parent_ids", "ticker"),
        (COUNTRY, FIELD, Parameter("text", "Only firms with this text in their id, a name or an identifier.")),
    ),
    Table(
        "events", "log", "Events",
        "One row per event known at the date, in the order of recording: `policytrack log`.",
        _EVENT_SHOWN,
        (FIRM, FACILITY, PROJECT, _choice("type", "Only this type of event.", tuple(EVENT_TYPES)),
         Parameter("subject", "Only events about this thing: kind:id.", many=True),
         Parameter("since", "Only events effective from this day.", "day"),
         Parameter("until", "Only events effective up to this day.", "day"),
         Parameter("text", "Only events with this text in their summary, type or subjects.")),
        "no event is known at these dates",
    ),
    Table(
        "news", "news", "News",
        "One row per event that became known since a day, with what it changed: `policytrack news`.",
        ("position", "known_on", "country_code", "activity_id", "what", "summary", "change", "superseded_by"),
        (COUNTRY, ACTIVITY,
         Parameter("since", "First day on which it was public. A year before known_at if missing.", "day"),
         _choice("what", "Only this kind of news.", _WHAT)),
        "nothing became known in that time", _in_news,
    ),
    Table(
        "findings", "check", "Findings of the checks",
        "One row per finding, errors first, with what was acknowledged: `policytrack check --acknowledged`.",
        ("severity", "check_name", "subject", "message", "events", "acknowledged"),
        (Parameter("check", "Only this check.", many=True, filter="check_name"),
         _choice("severity", "Only this severity.", ("error", "warning"))),
        "no check finds anything at these dates",
    ),
    Table(
        "series", "series", "Series",
        "One row per day, country and activity: `policytrack series`.",
        ("as_of", "known_at", "country_code", "activity_id", "operating", "net", "pending_gross", "pending_net",
         "unit"),
        (COUNTRY, ACTIVITY, Parameter("every", "Length of a period. A year if missing.", choices=tuple(MONTHS)),
         Parameter("from", "First day. Ten years before as_of if missing.", "period"),
         Parameter("to", "Last day. The day of as_of if missing.", "period"),
         Parameter("vintage", "current: as known at known_at. real-time: as known on each day. revisions: as_of as"
                   " known on each day.", choices=VINTAGES)),
        "no capacity counts at these dates", _in_series,
    ),
    Table(
        "forecast", "forecast", "Forecast",
        "One row per day, country and activity, from stated due dates and retirements: `policytrack forecast`.",
        ("day", "country_code", "activity_id", "operating", "added_low", "added_high", "retiring_low", "retiring_high",
         "net_low", "net_high", "unit"),
        (COUNTRY, ACTIVITY, Parameter("to", "Last day. The end of the fifth year after as_of if missing.", "period"),
         Parameter("every", "Also the end of each period before.", choices=tuple(MONTHS))),
        "no capacity counts at these dates", _in_forecast,
    ),
    Table(
        "owners", "owners", "Stakes",
        "One row per stake in which a firm is owner or owned, and what is unknown of its own shareholding.",
        ("owner_id", "owned_id", "stake_pct", "stated_as", "stake_low", "stake_high", "kind", "since"),
        (_ID,), "no stake is recorded",
    ),
    Table(
        "tree", "holding_tree", "What it owns, level by level",
        "One row per firm, facility and project that a firm owns, with its share in what is above it and the effective"
        " share of the firm: `policytrack holdings FIRM --tree`.",
        ("id", "stake_pct", "effective_pct", "is_controlled", "unknown_pct", "activity_id", "status", "capacity",
         "attributable", "unit", "stated_as", "stake_low", "stake_high"),
        (Parameter("id", "Id of the firm.", filter="holder", is_required=True),), "no share is recorded",
    ),
    Table(
        "control", "control", "Control",
        "One row per firm that a firm controls or is controlled by.",
        ("controller_id", "controlled_id", "basis", "stake_pct", "group_stake_pct", "rationale"), (_ID,),
        "no control is recorded",
    ),
    Table(
        "sources", "sources", "Sources",
        "One row per source that events name, those named most often first.",
        ("source_id", "publisher", "published_on", "class", "is_state_affiliated", "event_count"),
        (Parameter("text", "Only sources with this text in their title, publisher or address."),
         _choice("class", "Only this class of source.", get_args(SourceClass))),
        "no source is named at these dates",
    ),
    Table(
        "subject_sources", "subject_sources", "Sources",
        "One row per source of the events about a thing.",
        ("title", "publisher", "published_on", "class", "is_state_affiliated", "events"),
        (Parameter("subject", "The thing: kind:id.", filter="subject_id", is_required=True),),
        "no source is named",
    ),
    Table(
        "event_sources", "event_sources", "Sources",
        "One row per source that an event names.",
        ("title", "publisher", "published_on", "class", "is_state_affiliated", "locator"),
        (Parameter("position", "The event: e14 or 14.", "position", is_required=True),),
        "no source is named",
    ),
    Table(
        "event_claims", "event_claims", "Claims about it",
        "One row per claim about an event, and field in which it differs.",
        ("claim", "stance", "field", "claimed", "title", "publisher", "known_on"),
        (Parameter("event_id", "The id of the event.", is_required=True),),
        "no claim is recorded",
    ),
)  # fmt: skip

TABLES: Final = {table.name: table for table in _ALL}
"""The tables by name."""
