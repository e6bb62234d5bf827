"""Evaluates the conditions of a map on the cells of a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policytrack.importing.tables.map_parts import PLACEHOLDER, Condition, EventPart
from policytrack.importing.tables.row_cells import Cells


@dataclass(frozen=True, slots=True)
class Test:
    """A condition compiled for evaluation on many rows."""

    plain: tuple[tuple[str, frozenset[str], tuple[str, ...]], ...]
    """Each column with its allowed words and the templates among them."""
    any: tuple[Test, ...]
    all: tuple[Test, ...]
    without: tuple[Test, ...]

    @classmethod
    def of(cls, condition: Condition) -> Test:
        """Compile a condition."""
        plain = tuple(
            (
                name,
                frozenset(word for word in words if not PLACEHOLDER.search(word)),
                tuple(word for word in words if PLACEHOLDER.search(word)),
            )
            for name, words in condition.columns.items()
        )
        inner = ([cls.of(one) for one in group] for group in (condition.any, condition.all, condition.without))
        return cls(plain, *map(tuple, inner))

    def results(self, cells: Cells, leaving: str = "") -> Iterator[bool]:
        """Yield whether each part of the condition holds; the column `leaving` is ignored."""
        for name, words, templates in self.plain:
            if name != leaving:
                text = cells.text(name)
                yield text in words or any(text == filled(word, cells) for word in templates)
        if self.any:
            yield any(test.holds(cells, leaving) for test in self.any)
        if self.all:
            yield all(test.holds(cells, leaving) for test in self.all)
        yield from (not test.holds(cells, leaving) for test in self.without)

    def holds(self, cells: Cells, leaving: str = "") -> bool:
        """Return whether every part of the condition holds."""
        return all(self.results(cells, leaving))


def filled(template: str, cells: Cells) -> str:
    """Return a template with its cells filled in; empty if one of the cells is empty."""
    texts = {name: cells.text(name) for name in PLACEHOLDER.findall(template)}
    return PLACEHOLDER.sub(lambda name: texts[name[1]], template) if all(texts.values()) else ""


@dataclass(frozen=True, slots=True)
class Meant:
    """Selects the rows of an event: every part of `when` holds, and no part of `unless`."""

    when: Test | None
    unless: Test | None
    names: frozenset[str]
    """The columns that `when` and `unless` read."""

    @classmethod
    def of(cls, event: EventPart) -> Meant:
        """Compile the conditions of an event."""
        names = frozenset(name for condition in event.conditions() for name in condition.names())
        return cls(
            Test.of(event.when) if event.when is not None else None,
            Test.of(event.unless) if event.unless is not None else None,
            names,
        )

    def __call__(self, cells: Cells, leaving: str = "") -> bool:
        """Return whether the event applies to a row; the column `leaving` is ignored."""
        if self.when is not None and not self.when.holds(cells, leaving):
            return False
        return self.unless is None or not any(self.unless.results(cells, leaving))

    def failing(self, cells: Cells) -> Iterator[tuple[str, str]]:
        """Yield the columns, with their cells, because of which the event does not apply to a row."""
        for test, wanted in ((self.when, True), (self.unless, False)):
            for name, words, templates in test.plain if test is not None else ():
                text = cells.text(name)
                if (text in words or any(text == filled(word, cells) for word in templates)) is not wanted:
                    yield name, text
            if test is not None and not test.plain:
                yield from ((name, cells.text(name)) for name in sorted(self.names))


def words_of(conditions: Iterator[Condition]) -> dict[str, set[str]]:
    """Return the words that conditions name, by column."""
    by_column: dict[str, set[str]] = {}
    for condition in conditions:
        for part in condition.parts():
            for name, words in part.columns.items():
                by_column.setdefault(name, set()).update(words)
    return by_column
