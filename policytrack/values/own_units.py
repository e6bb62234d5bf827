"""Provides the units that a ledger registers, beside the built-in ones, while its figures are entered or displayed.

A figure is converted when it is entered, and stored in the base unit. Reading a stored event therefore needs none of
these units, and a later correction of a unit changes no recorded figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

OwnUnit = tuple[str, str, str]
"""Symbol or alias, base unit of its dimension, and factor as a decimal text: ``("lb", "t", "0.00045359237")``."""
OwnUnits = tuple[OwnUnit, ...]


class UnitSource:
    """The units of one ledger, loaded when the first text is not a built-in unit."""

    def __init__(self, load: Callable[[], Iterable[OwnUnit]]) -> None:
        self._load = load
        self._units: OwnUnits | None = None

    @property
    def units(self) -> OwnUnits:
        """The units, each symbol and alias once."""
        if self._units is None:
            self._units = tuple(self._load())
        return self._units

    def add(self, units: Iterable[OwnUnit]) -> None:
        """Add the units that the current import registers, for its later rows."""
        new = [one for one in units if one not in self.units]
        self._units = (*self.units, *new)


_NONE: Final = UnitSource(tuple)
_source: Final[ContextVar[UnitSource]] = ContextVar("own_units", default=_NONE)


def own_units() -> OwnUnits:
    """Return the registered units that may be used now; empty outside `using_own_units`."""
    return _source.get().units


def add_own_units(units: Iterable[OwnUnit]) -> None:
    """Make units usable that the current import registers. Has no effect outside `using_own_units`."""
    if (source := _source.get()) is not _NONE:
        source.add(units)


@contextmanager
def using_own_units(load: Callable[[], Iterable[OwnUnit]]) -> Iterator[None]:
    """Make the units that `load` returns usable in the context. An inner context replaces those of an outer one."""
    token = _source.set(UnitSource(load))
    try:
        yield
    finally:
        _source.reset(token)
