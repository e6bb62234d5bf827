"""Builds the request of each command that queries: a built-in query with its filters, checked for contradictions.

The command line and the Python API build their requests here, so that the same words mean the same everywhere. Messages
use the flags of the command line; the arguments of the Python API have the same names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from policytrack.errors import NotFound, UsageError
from policytrack.questions.evidence import Evidence
from policytrack.questions.periods import forecast_days, series_days

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Filters = Mapping[str, Any]
CapacityBy = Literal["country", "region", "facility", "unit"]
PendingBy = Literal["project", "year"]
QuotasBy = Literal["notice", "holder", "year"]
DIFF_FIGURES: Final = ("net", "pending-gross", "pending-net")
"""The figures that `diff` compares unless some are named."""
WHAT: Final = (
    "new-project", "approval", "schedule", "scope", "progress", "completion", "cancellation", "capacity",
    "planned-retirement", "swap", "rule", "quota", "support", "ownership", "claim", "correction", "registration",
)  # fmt: skip
"""Kinds of news, as the command line writes them."""
VERDICTS: Final = ("pass", "fail", "unverified")
SWAP_STATUSES: Final = ("announced", "objected", "revoked")
SEVERITIES: Final = ("error", "warning")
PERIMETERS: Final = ("reported", "constant")
_QUOTAS: Final = {"notice": "quotas", "holder": "quotas_by_holder", "year": "quotas_by_year"}


@dataclass(frozen=True, slots=True)
class Request:
    """A built-in query, its filters, and the evidence that a row needs to be shown."""

    question: str
    filters: Filters
    evidence: Evidence = field(default_factory=Evidence)


def capacity(by: str, filters: Filters, evidence: Evidence) -> Request:
    """Return the request for capacity by country, region, facility or unit of a plant.

    Raises `UsageError` for a filter or evidence that does not apply: filters select rows and never change a sum, so the
    row of a country cannot be filtered by one of its firms.
    """
    narrower = {"country": ("region", "firm", "facility", "field"), "region": ("firm", "facility", "field")}.get(by, ())
    if wrong := [name for name in narrower if filters.get(name)]:
        raise UsageError(
            f"--{wrong[0]} does not apply to --by {by}",
            hint="use --by facility" + (", or --by region to filter by region" if wrong[0] == "region" else ""),
        )
    if evidence and by != "facility":
        raise UsageError(
            f"{evidence} does not apply to --by {by}: a total includes all its events",
            hint="use --by facility: there each row can be shown or hidden",
        )
    return Request("capacity" if by == "country" else f"capacity_by_{by}", filters, evidence)


def evidence_behind(by: str, filters: Filters) -> Request:
    """Return the request for what national totals rest on. Raises `UsageError` for another kind of row or filter."""
    if by != "country":
        raise UsageError(f"--evidence does not apply to --by {by}", hint="use --by country")
    return Request("evidence", capacity(by, filters, Evidence()).filters)


def pending(by: str, filters: Filters, evidence: Evidence) -> Request:
    """Return the request for pending projects, one row each or per year due. Raises `UsageError` as `capacity` does."""
    if by == "year" and evidence:
        raise UsageError(
            f"{evidence} does not apply to --by year: a total includes all its events", hint="use --by project"
        )
    return Request("pending_by_year" if by == "year" else "pending", filters, evidence)


def planned_retirements(filters: Filters, others: Mapping[str, Any], evidence: Evidence) -> Request:
    """Return the request for announced retirements. Raises `UsageError` if one of `others`, by flag, is given."""
    given = next((name for name, value in others.items() if value), str(evidence) if evidence else None)
    if given:
        raise UsageError(f"{given} does not apply to --retirements", hint=f"leave out {given}")
    return Request("planned_retirements", filters)


def quotas(by: str, filters: Filters) -> Request:
    """Return the request for quotas by notice, holder or year."""
    return Request(_QUOTAS[by], filters)


def series(
    start: date, end: date | None, every: str, vintage: str, filters: Filters, coordinates: Coordinates
) -> Request:
    """Return the request for national figures over time. Raises what `series_days` raises."""
    days = series_days(start, end, every, vintage, coordinates)
    return Request("series", {**filters, "as_of_days": days.as_of, "known_at_days": days.known_at})


def forecast(end: date, every: str | None, filters: Filters, coordinates: Coordinates) -> Request:
    """Return the request for a forecast. Raises what `forecast_days` raises."""
    return Request("forecast", {**filters, "days": forecast_days(end, every, coordinates)})


def news(since: date, what: Sequence[str], filters: Filters, coordinates: Coordinates) -> Request:
    """Return the request for what became known since a day. Raises `UsageError` for a day after the knowledge date."""
    if since > coordinates.known_at:
        raise UsageError(
            f"--since {since} is after --known-at {coordinates.known_at}", hint="choose an earlier day for --since"
        )
    return Request("news", {**filters, "since": since, "what": [one.replace("-", " ") for one in what]})


def diff(
    start: date,
    end: date | None,
    known_from: date | None,
    known_to: date | None,
    figures: Sequence[str],
    filters: Filters,
    coordinates: Coordinates,
    *,
    stat: bool = False,
) -> Request:
    """Return the request for a change between two pairs of dates; with `stat`, one row per figure."""
    bounds = {
        "from_as_of": start,
        "to_as_of": end or coordinates.as_of,
        "from_known_at": known_from or coordinates.known_at,
        "to_known_at": known_to or coordinates.known_at,
        "figure_names": [name.replace("-", "_") for name in figures or DIFF_FIGURES],
    }
    return Request("diff_stat" if stat else "diff", {**filters, **bounds})


def log(types: Sequence[str], filters: Filters, evidence: Evidence) -> Request:
    """Return the request for the events of some types, all when empty. Raises `UsageError` for an unknown type."""
    from policytrack.events import EVENT_TYPES
    from policytrack.values.ids import near_matches

    wanted = [name.replace("-", "_") for name in types]
    for name in wanted:
        if name not in EVENT_TYPES:
            close = ", ".join(near_matches(name, EVENT_TYPES))
            raise UsageError(
                f"no event type {name!r}",
                hint=f"similar: {close}" if close else "list the types with `policytrack schema --events`",
            )
    return Request("log", {**filters, "type": wanted}, evidence)


def checks(session: Session, names: Sequence[str], severity: Sequence[str]) -> Request:
    """Return the request for the findings of some checks, all when empty.

    Raises `NotFound` with near matches for a name that is not a check.
    """
    from policytrack.questions.ask import ask
    from policytrack.values.ids import near_matches

    wanted = [name.replace("-", "_") for name in names]
    if wanted:
        known = ask(session, "checks")["check_name"].to_pylist()
        for name in wanted:
            if name not in known:
                close = near_matches(name, known)
                hint = f"similar: {', '.join(close)}" if close else "list the checks with `policytrack check --list`"
                raise NotFound(f"there is no check {name!r}", hint=hint, candidates=tuple(close))
    return Request("check", {"check_name": wanted, "severity": list(severity)})
