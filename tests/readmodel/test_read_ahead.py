"""Reading ahead: the same items, one early, all by one thread, and the reading is ended when nobody wants more."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from policytrack.readmodel.read_ahead import read_ahead


class Source:
    """Counts to a number, and notes by which thread it is read and whether it was ended."""

    def __init__(self, upto: int, fails_after: int | None = None) -> None:
        self.upto, self.fails_after = upto, fails_after
        self.given = 0
        self.threads: set[int] = set()
        self.is_ended = False

    def numbers(self) -> Iterator[int]:
        try:
            for number in range(self.upto):
                self.threads.add(threading.get_ident())
                if number == self.fails_after:
                    raise OSError("the disk is gone")
                self.given = number + 1
                yield number
        finally:
            self.threads.add(threading.get_ident())
            self.is_ended = True


def test_all_items_come_in_order_from_one_other_thread() -> None:
    source = Source(50)
    assert list(read_ahead(source.numbers())) == list(range(50))
    assert source.is_ended
    assert len(source.threads) == 1
    assert threading.get_ident() not in source.threads


def test_who_stops_early_ends_the_reading_after_at_most_one_more() -> None:
    source = Source(50)
    items = read_ahead(source.numbers())
    assert [next(items), next(items)] == [0, 1]
    items.close()  # type: ignore[attr-defined] # it is a generator
    assert source.is_ended
    assert source.given <= 3


def test_what_reading_raises_is_raised_after_what_came_before() -> None:
    source = Source(50, fails_after=2)
    items = read_ahead(source.numbers())
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)
    assert source.is_ended


def test_any_iterator_will_do() -> None:
    assert list(read_ahead(iter("abc"))) == ["a", "b", "c"]
    assert list(read_ahead(iter(()))) == []
