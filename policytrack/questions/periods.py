"""Computes the days of a series: ends of months, quarters or years, and the knowledge date of each."""

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
    """Return the days of a series from `start` to `end`, by `vintage`.

    * ``current``: each day, all with the knowledge date of the coordinates
    * ``real-time``: each day, known on that day
    * ``revisions``: the valid date of the coordinates, known on each day

    Raises `UsageError` when no period ends between `start` and `end`.
    """
    last = end or (coordinates.as_of if vintage != "revisions" else coordinates.known_at)
    days = list(period_ends(start, last, MONTHS[every]))
    if not days:
        raise UsageError(f"no {every} ends between {start} and {last}", hint="use an earlier --from or a later --to")
    if vintage == "revisions":
        return SeriesDays([coordinates.as_of] * len(days), days)
    known = [min(day, coordinates.known_at) if vintage == "real-time" else coordinates.known_at for day in days]
    return SeriesDays(days, known)


def forecast_days(end: date, every: str | None, coordinates: Coordinates) -> list[date]:
    """Return the days of a forecast up to `end`, with the end of each period before it if `every` names one.

    Raises `UsageError` when `end` is not after the valid date.
    """
    if end <= coordinates.as_of:
        raise UsageError(
            f"--to {end} is not after {coordinates.as_of}", hint="for a date in the past: policytrack capacity"
        )
    days = [] if every is None else list(period_ends(coordinates.as_of, end, MONTHS[every]))
    days = [day for day in days if day > coordinates.as_of]
    return days if end in days else [*days, end]  # `end` need not be the end of a period


def period_ends(start: date, end: date, months: int) -> Iterator[date]:
    """Yield the last days of the periods from `start` to `end`, both included."""
    year, month = start.year, ((start.month - 1) // months + 1) * months
    while True:
        day = date(year, month, calendar.monthrange(year, month)[1])
        if day > end:
            return
        if day >= start:
            yield day
        year, month = (year + 1, months) if month + months > 12 else (year, month + months)
