"""Finds the transaction that recorded an event: its events share an instant, which no other transaction has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from policytrack.store.clock import instant_of


class Transaction(NamedTuple):
    """The first and last position of a transaction, and the instant (UTC) that its events share."""

    first: int
    last: int
    recorded_at: datetime

    @property
    def name(self) -> str:
        """Return the import id: ``i17`` if its first event is e17."""
        return f"i{self.first}"


def transaction_around(position: int, top: int, recorded_at: Callable[[int], int]) -> Transaction:
    """Return the transaction of the event at a position, by bisection.

    `top` is the last position, `recorded_at` returns the instant (microseconds) of the event at a position.
    """
    shared = recorded_at(position)

    def first_at(low: int, high: int, instant: int) -> int:
        """Return the first position from `low` recorded at the instant or later; `high` when there is none."""
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if recorded_at(middle) < instant else (low, middle)
        return low

    return Transaction(first_at(1, position, shared), first_at(position, top + 1, shared + 1) - 1, instant_of(shared))


def last_position_at(sought: int, top: int, recorded_at: Callable[[int], int | None]) -> int:
    """Return the last position recorded at or before an instant (microseconds), by bisection; 0 when there is none.

    It needs no index: `recorded_at` never decreases, and positions have no gaps.
    """
    low, high = 0, top
    while low < high:
        middle = (low + high + 1) // 2
        at = recorded_at(middle)
        low, high = (middle, high) if at is not None and at <= sought else (low, middle - 1)
    return low
