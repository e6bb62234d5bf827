"""The days of a series: ends of months, quarters or years, and what was known on them."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
VINTAGES: Final = ("current", "real-time", "revisions")


@dataclass(frozen=True, slots=True)
class SeriesDays:
    """The as-of days of a series, and the known-at day of each."""

    as_of: list[date]
    known_at: list[date]


def series_days(start: date, end: date | None, every: str, vintage: str, coordinates: Coordinates) -> SeriesDays:
    """The days from `start` to `end`. current: each as known at known-at; real-time: as known then; revisions: as-of
    as known on each.

    Raises `UsageError` when no period ends between the two.
    """
    last = end or (coordinates.as_of if vintage != "revisions" else coordinates.known_at)
    days = list(period_ends(start, last, MONTHS[every]))
    if not days:
        raise UsageError(f"no end of a {every} lies between {start} and {last}", hint="move --from or --to")
    if vintage == "revisions":
        return SeriesDays([coordinates.as_of] * len(days), days)
    known = [min(day, coordinates.known_at) if vintage == "real-time" else coordinates.known_at for day in days]
    return SeriesDays(days, known)


def period_ends(start: date, end: date, months: int) -> Iterator[date]:
    """The last days of the periods from `start` to `end`, both included."""
    year, month = start.year, ((start.month - 1) // months + 1) * months
    while True:
        day = date(year, month, calendar.monthrange(year, month)[1])
        if day > end:
            return
        if day >= start:
            yield day
        year, month = (year + 1, months) if month + months > 12 else (year, month + months)
