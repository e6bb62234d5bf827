"""Reads the clock as microseconds since 1970-01-01 UTC, and detects when it is probably wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], int]
"""Returns microseconds since 1970-01-01 UTC."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = (datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC) - _EPOCH) // timedelta(microseconds=1)
_DAY: Final = 24 * 60 * 60 * 1_000_000
_MADE: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The release date of this version: an earlier clock is wrong. Update it with each release."""
_LONGEST_PAUSE_DAYS: Final = 366
"""The longest plausible time between two transactions: after a longer one, a fast clock is more likely than a pause."""
_LONGEST_USE_DAYS: Final = 3_660
"""The longest plausible age of a version when it is used for a new ledger."""


def utc_microseconds() -> int:
    """Return the time of the computer's clock."""
    return time.time_ns() // 1000


def instant_of(microseconds: int) -> datetime:
    """Convert microseconds to an instant in UTC, without time zone. Raises `OverflowError` beyond the year 9999."""
    return (_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=None)


def is_instant(value: object) -> bool:
    """Return whether a value is a number of microseconds from 1970 to the end of the year 9999."""
    return isinstance(value, int) and 0 <= value <= _LAST


def microseconds_of(instant: datetime) -> int:
    """Convert an instant (UTC if it has no time zone) to microseconds."""
    in_zone = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return (in_zone - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ClockJump:
    """A difference of more than a day between the clock and the last recorded event.

    Backwards, the clock is wrong now or was wrong then, and new events get the last instant plus a microsecond until
    the clock has caught up. Forwards, the clock may be wrong, or there was a pause in recording.
    """

    last: int
    now: int

    @property
    def is_backwards(self) -> bool:
        """Return whether the clock is behind the last recorded event."""
        return self.now < self.last

    def __str__(self) -> str:
        days = abs(self.now - self.last) // _DAY
        gap = f"{days} day{'s' if days > 1 else ''} {'behind' if self.is_backwards else 'ahead of'}"
        return f"this computer's clock is {gap} the last recorded event"


def clock_doubt(last: int | None, now: int) -> str | None:
    """Return why the clock is probably wrong, given the last recorded instant (None: no events); None if it is not.

    A recorded instant is permanent, and every later event gets a later one. The user must therefore confirm a doubtful
    clock before events are recorded.
    """
    jump = jump_between(last, now)
    if jump is not None and jump.is_backwards:
        return f"{jump}; new events get that event's time until the clock has caught up"
    shown = f"this computer's clock shows {instant_of(now):%Y-%m-%d}"
    if now < microseconds_of(_MADE):
        return f"{shown}, but this version of policytrack was released on {_MADE:%Y-%m-%d}"
    if jump is not None and now - jump.last > _LONGEST_PAUSE_DAYS * _DAY:
        return f"{jump} ({instant_of(jump.last):%Y-%m-%d}); all later events must get later times"
    if last is None and now - microseconds_of(_MADE) > _LONGEST_USE_DAYS * _DAY:
        return f"{shown}, more than 10 years after this version of policytrack was released"
    return None


def next_instant(last: int | None, now: int) -> int:
    """Return the instant of the next transaction: now, or one microsecond after the last if the clock is behind it.

    It is always later than that of the last transaction, because the instant identifies a transaction.
    """
    return now if last is None else max(now, last + 1)


def jump_between(last: int | None, now: int) -> ClockJump | None:
    """Return the jump between the last recorded instant and now; None if it is at most a day or there are no events."""
    return ClockJump(last, now) if last is not None and abs(now - last) > _DAY else None
