"""Reads the coordinates of a query from plain values: dates as `date` or text, positions as number or ``e14``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast, get_args

from policytrack.api.arguments import listed
from policytrack.errors import UsageError, shortened
from policytrack.values.choices import ASSERTIONS, StakeKind

if TYPE_CHECKING:
    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates

Day = date | str
"""A day: a `date`, or a text such as ``2025-10-31``, ``2025-10`` (its last day), ``2025-Q4``, ``2025`` or ``today``."""
_MOST_DIGITS = 18
_STAKES = tuple(kind for kind in get_args(StakeKind) if kind != "issued")


class When(TypedDict, total=False):
    """The coordinates of a query; what is missing has its default."""

    as_of: Day | None
    """Valid date: the world as it was on this date. Today by default."""
    known_at: Day | None
    """Knowledge date: only information public by this date. Today by default."""
    head: int | str | None
    """Replay the ledger up to this event: 14 or ``e14``. The last event by default."""
    recorded_at: datetime | str | None
    """Replay the ledger up to this instant (UTC), instead of `head`."""
    dates: Literal["latest", "earliest"]
    """Count an event with a vague date from its latest or its earliest day."""
    include: Sequence[str]
    """Kinds of shares that count as well as issued shares, in holdings."""
    perimeter_day: Day | None
    """Use the groups of this day in holdings."""
    assertion: Sequence[str] | str
    """Fold only events of these assertions: confirmed, reported, inferred, rumour. This changes the figures."""
    min_sources_folded: int
    """Fold only events with so many independent sources. This changes the figures."""


def day_of(value: Day | None, name: str, today: date) -> date | None:
    """Return the day that a value means; a period means its last day. Raises `UsageError` and `InvalidDate`."""
    from policytrack.values.dates import parse_period_end

    if isinstance(value, datetime):  # also a date: pandas' timestamps are of this class
        return value.date()
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, str):
        return parse_period_end(value, today)
    raise UsageError(f"{name} is a {type(value).__name__}", hint="use a date, or a text such as 2025-10-31")


def required_day(value: Day, name: str, today: date) -> date:
    """Return the day that a value means. Raises what `day_of` does, and `UsageError` for None."""
    found = day_of(value, name, today)
    if found is None:
        raise UsageError(f"{name} is missing", hint=f"add {name}='2025-10-31', for instance")
    return found


def coordinates_of(ledger: Ledger, when: When, today: date) -> Coordinates:
    """Return the coordinates that `when` means. Raises `UsageError` and `InvalidDate`."""
    from policytrack.readmodel.coordinates import Coordinates

    unknown = sorted(set(cast("dict[str, Any]", when)) - set(When.__annotations__))
    if unknown:
        raise UsageError(
            f"there is no argument {unknown[0]!r}", hint=f"coordinates are {', '.join(When.__annotations__)}"
        )
    dates = when.get("dates", "latest")
    if dates not in ("latest", "earliest"):
        raise UsageError(f"dates is {shortened(str(dates))!r}", hint="use latest or earliest")
    include = tuple(dict.fromkeys(listed(when.get("include", ()))))
    if wrong := [kind for kind in include if kind not in _STAKES]:
        raise UsageError(f"include has {shortened(wrong[0])!r}", hint=f"allowed: {', '.join(_STAKES)}")
    asserted = listed(when.get("assertion", ()))
    if wrong := [name for name in asserted if name not in ASSERTIONS]:
        raise UsageError(f"assertion has {shortened(wrong[0])!r}", hint=f"allowed: {', '.join(ASSERTIONS)}")
    least = when.get("min_sources_folded", 0)
    if isinstance(least, bool) or not isinstance(least, int) or least < 0:
        raise UsageError(f"min_sources_folded is {shortened(str(least))!r}", hint="use a whole number such as 2")
    return Coordinates(
        as_of=day_of(when.get("as_of"), "as_of", today) or today,
        known_at=day_of(when.get("known_at"), "known_at", today) or today,
        dates=dates,
        include=include,
        head=_head(ledger, when.get("head"), when.get("recorded_at")),
        perimeter=day_of(when.get("perimeter_day"), "perimeter_day", today),
        assertions=tuple(name for name in ASSERTIONS if name in asserted),
        min_sources_folded=least,
    )


def _head(ledger: Ledger, head: int | str | None, recorded_at: datetime | str | None) -> int | None:
    from policytrack.values.dates import parse_instant

    if head is not None and recorded_at is not None:
        raise UsageError("head and recorded_at cannot be combined", hint="use one of them")
    if recorded_at is not None:
        instant = parse_instant(recorded_at.isoformat() if isinstance(recorded_at, datetime) else str(recorded_at))
        return ledger.position_at(instant)
    if head is None:
        return None
    digits = str(head).removeprefix("e")
    if isinstance(head, bool) or not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        raise UsageError(f"{shortened(str(head))!r} is not an event position", hint="use 14 or 'e14'")
    return int(digits)
