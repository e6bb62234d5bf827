"""Firms that a table names and nobody has registered: found by their names, or registered, never guessed.

A name that is one of a registered firm, but for case and punctuation, is that firm. A name that only looks like one is
refused with the candidates: whether two names are one firm is for a person to say. Any other name is a new firm, whose
id is made from the name; so is one that differs in its numbers, since "Solar 1" and "Solar 2" are numbered to be told
apart.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from policytrack.errors import MalformedInput, PolicytrackError, UnknownId
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import Refers, Registers
from policytrack.events.fields import fields_of
from policytrack.importing.event_row import Row
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.tables.map_file import Firms
from policytrack.values.ids import suggest_slug

ALIKE: Final = 88
"""Of 100: names that are at least so alike may be one firm."""

_LEGAL_FORM_TEXT: Final = """
ab ag as asa bhd bv co company corp corporation gmbh inc jsc kk limited llc ltd nv oao ooo pjsc plc pt pte sa sdn se spa
srl tbk
"""
_LEGAL_FORMS: Final = frozenset(_LEGAL_FORM_TEXT.split())
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Registrar:
    """Puts the registrations of missing firms before the events that name them."""

    firms: Firms
    names: dict[str, str] = field(default_factory=dict)
    """Ids of firms by their folded names."""
    shown: dict[str, str] = field(default_factory=dict)
    """A name of each firm by its id, for messages."""
    new: dict[str, str] = field(default_factory=dict)
    """What was registered here: names by id."""
    taken: dict[str, str] = field(default_factory=dict)
    """Names that were found to be those of registered firms, with the ids."""
    _cores: dict[str, str] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def know(self, id_: str, names: Iterable[str]) -> None:
        """A firm that is registered, with its names."""
        for name in names:
            self.names.setdefault(folded(name), id_)
            self.shown.setdefault(id_, name)
            self._cores.setdefault(id_, core(name))

    def prepare(self, items: Iterable[Row | PolicytrackError]) -> Iterator[Row | PolicytrackError]:
        """The rows with the ids of firms in place of their names, after the registrations that they need."""
        for item in items:
            if isinstance(item, PolicytrackError):
                yield item
                continue
            event_type = EVENT_TYPES.get(str(item.fields.get("type")))
            if event_type is None:
                yield item
                continue
            if event_type.TOPIC == "firm_registered" and isinstance(item.fields.get("firm_id"), str):
                self.know(item.fields["firm_id"], [str(item.fields.get("name", ""))])
            refused = False
            for path, holder, name in list(_firms_in(item.fields, event_type, ())):
                given = holder[name]
                resolved = self._resolve(given, item, path)
                if isinstance(resolved, UnknownId):
                    refused = True
                    if given not in self._refused:
                        self._refused.add(given)
                        yield resolved
                    continue
                if resolved not in self.shown:
                    self.know(resolved, [given])
                    self.new[resolved] = given
                    yield _registration(resolved, given, item, path)
                holder[name] = resolved
            yield replace(item, is_broken=True) if refused else item

    def _resolve(self, given: str, row: Row, path: FieldPath) -> str | UnknownId:
        if given in self.shown or _ID.fullmatch(given):
            return given if given in self.shown else self._unknown(given, [], row, path)
        same = self.firms.same.get(given) or self.names.get(folded(given))
        if same is not None:
            if same not in self.new:
                self.taken.setdefault(given, same)
            return same
        slug = suggest_slug(given)
        if given not in self.firms.distinct and (near := self._alike(given, slug)):
            return self._unknown(given, near, row, path)
        return slug or self._unknown(given, [], row, path)

    def _alike(self, given: str, slug: str) -> list[str]:
        """Ids of firms whose names look like this one, best first."""
        from rapidfuzz import fuzz, process  # loading it takes time, and most imports register nobody

        words = core(given)
        found = process.extract_iter(words, self._cores, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        scored = [(-score, id_) for near, score, id_ in found if not _numbered_apart(words, near)]
        near = [id_ for _, id_ in heapq.nsmallest(3, scored)]
        return near if near or slug not in self.shown else [slug]

    def _unknown(self, given: str, near: list[str], row: Row, path: FieldPath) -> UnknownId:
        if near:
            close = ", ".join(f"{id_} ({self.shown[id_]})" for id_ in near)
            hint = f"close: {close}; nothing was chosen for you: write the id, or say so under [firms] of a map"
        elif _ID.fullmatch(given):
            hint = "an id is of a firm that is registered; to register one, write its name"
        else:
            hint = "no id can be made of it: register the firm with an id of your own"
        return UnknownId(f"no firm is called {given[:60]!r}", hint=hint, place=row.locate(path), candidates=tuple(near))


def folded(name: str) -> str:
    """Letters and digits of any script, without case: names that differ in nothing else are the same name."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in plain if character.isalnum())


def core(name: str) -> str:
    """The words of a name without legal forms, folded."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    words = re.findall(r"\w+", "".join(one for one in plain if not unicodedata.combining(one)))
    return " ".join(word for word in words if word not in _LEGAL_FORMS) or " ".join(words)


def _numbered_apart(one: str, other: str) -> bool:
    numbers, others = sorted(_NUMBER.findall(one)), sorted(_NUMBER.findall(other))
    return bool(numbers and others) and numbers != others


def _registration(id_: str, name: str, row: Row, path: FieldPath) -> Row:
    fields = {"type": "firm_registered", "firm_id": id_, "name": name}
    for shared in ("known_on", "sources"):
        if shared in row.fields:
            fields[shared] = row.fields[shared]
    place = row.locate(path)
    return Row(fields, place, lambda _: place)


def _firms_in(fields: dict[str, Any], model: Any, path: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Any], str]]:
    """Every field that names a registered firm: its path, the mapping that it stands in, and its name there."""
    for name, field_ in fields_of(model).items():
        value = fields.get(name)
        if isinstance(field_.mark, Refers) and field_.mark.kind == "firm":
            if isinstance(value, str):
                yield (*path, name), fields, name
        elif field_.part is not None:
            parts = value if isinstance(value, list) else [value]
            for index, part in enumerate(parts):
                if isinstance(part, dict):
                    step: FieldPath = (name, index) if field_.many else (name,)
                    yield from _firms_in(part, field_.part, (*path, *step))


@dataclass(slots=True)
class PassedOver:
    """Registrations of ids that the ledger has: a table names the same things in every edition."""

    registered: Mapping[str, Mapping[str, tuple[str | None, tuple[str, ...]]]]
    """The country and the names of each id, by kind."""
    count: int = 0
    differing: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By kind and id: the name or the country of a firm in the ledger, and another one of the table."""

    def without_registered(self, items: Iterable[Row | PolicytrackError]) -> Iterator[Row | PolicytrackError]:
        """The rows without registrations of ids that the ledger has; a facility in another country is refused.

        An id is often made of a name, and a plant of the same name elsewhere is another plant. Another name, and
        another country of a firm, is reported.
        """
        for item in items:
            found = self._registers(item) if isinstance(item, Row) else None
            if found is None or not isinstance(item, Row):
                yield item
                continue
            kind, id_ = found
            self.count += 1
            country, names = self.registered[kind][id_]
            given, name = item.fields.get("country"), item.fields.get("name")
            is_elsewhere = isinstance(given, str) and country is not None and given != country
            if is_elsewhere and kind == "facility":
                what = f"the row registers {id_} in {given}, and the ledger has it in {country}"
                hint = "if they are two, make the id of more columns; if the ledger is wrong, correct its registration"
                yield MalformedInput(what, hint=hint, place=item.locate(("country",)))
            elif is_elsewhere:
                self.differing.setdefault(f"{kind} {id_}", (str(country), str(given)))
            elif isinstance(name, str) and names and folded(name) not in map(folded, names):
                self.differing.setdefault(f"{kind} {id_}", (names[0], name))

    def _registers(self, row: Row) -> tuple[str, str] | None:
        event_type = EVENT_TYPES.get(str(row.fields.get("type")))
        if event_type is None or not event_type.IS_REGISTRATION:
            return None
        for name, field_ in fields_of(event_type).items():
            mark, id_ = field_.mark, row.fields.get(name)
            if isinstance(mark, Registers) and isinstance(id_, str) and id_ in self.registered.get(mark.kind, {}):
                return mark.kind, id_
        return None
