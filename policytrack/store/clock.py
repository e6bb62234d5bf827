"""The clock of the store: microseconds since 1970-01-01 UTC, and when it is probably wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], int]
"""Gives microseconds since 1970-01-01 UTC."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = (datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC) - _EPOCH) // timedelta(microseconds=1)
_DAY: Final = 24 * 60 * 60 * 1_000_000
_MADE: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""When this version was made; a clock before it is wrong. Moved on with each release."""
_LONGEST_PAUSE_DAYS: Final = 366
"""A ledger in which nothing was recorded for longer is rarer than a clock that is ahead."""
_LONGEST_USE_DAYS: Final = 3_660
"""Of a version, until it is used for a new ledger."""


def utc_microseconds() -> int:
    """The computer's clock."""
    return time.time_ns() // 1000


def instant_of(microseconds: int) -> datetime:
    """The instant of a count of microseconds: UTC, without a time zone. `OverflowError` beyond the year
    9999."""
    return (_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=None)


def is_instant(value: object) -> bool:
    """Whether a value is a count of microseconds from 1970 to the end of the year 9999."""
    return isinstance(value, int) and 0 <= value <= _LAST


def microseconds_of(instant: datetime) -> int:
    """The count of microseconds at an instant; without a time zone it is UTC."""
    in_zone = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return (in_zone - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ClockJump:
    """The clock is more than a day away from the last recorded event.

    Backwards, it is wrong now or was wrong then, and events are stamped with the last instant until it has
    caught up. Forwards, it may be wrong, or nobody recorded anything for a while.
    """

    last: int
    now: int

    @property
    def is_backwards(self) -> bool:
        """Whether the clock is behind what is recorded."""
        return self.now < self.last

    def __str__(self) -> str:
        days = abs(self.now - self.last) // _DAY
        gap = f"{days} day{'s' if days > 1 else ''} {'behind' if self.is_backwards else 'ahead of'}"
        return f"this computer's clock is {gap} the last recorded event"


def clock_doubt(last: int | None, now: int) -> str | None:
    """Why the clock is probably wrong, given the last recorded instant, if any; None when nothing says so.

    An instant once recorded is never taken back, and every later event gets a later one, so a doubt is to be confirmed
    before anything is recorded.
    """
    jump = jump_between(last, now)
    if jump is not None and jump.is_backwards:
        return f"{jump}; events are stamped with the instant of that one until the clock has caught up"
    shown = f"this computer's clock shows {instant_of(now):%Y-%m-%d}"
    if now < microseconds_of(_MADE):
        return f"{shown}, but this version of policytrack was made on {_MADE:%Y-%m-%d}"
    if jump is not None and now - jump.last > _LONGEST_PAUSE_DAYS * _DAY:
        return f"{jump} ({instant_of(jump.last):%Y-%m-%d}); events that follow can only get later instants"
    if last is None and now - microseconds_of(_MADE) > _LONGEST_USE_DAYS * _DAY:
        return f"{shown}, more than 10 years after this version of policytrack was made"
    return None


def jump_between(last: int | None, now: int) -> ClockJump | None:
    """A jump of more than a day between the last recorded instant, if any, and now."""
    return ClockJump(last, now) if last is not None and abs(now - last) > _DAY else None
