"""Matches firm names in a table to registered firms, or registers new firms; never guesses.

* A name equal to a registered name, except for case and punctuation, is that firm.
* A similar name is refused with the candidates: the user decides whether both are one firm.
* Any other name is a new firm, whose id is derived from the name. This includes a name that differs only in a number:
  "Solar 1" and "Solar 2" are usually two project companies.
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
"""The similarity (0 to 100, rapidfuzz `token_sort_ratio`) from which two names may be one firm."""

_LEGAL_FORM_TEXT: Final = """
ab ag as asa bhd bv co company corp corporation gmbh inc jsc kk limited llc ltd nv oao ooo pjsc plc pt pte sa sdn se spa
srl tbk
"""
_LEGAL_FORMS: Final = frozenset(_LEGAL_FORM_TEXT.split())
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Registrar:
    """Replaces firm names by ids, and inserts the registration of a new firm before the first event that names it."""

    firms: Firms
    names: dict[str, str] = field(default_factory=dict)
    """Ids of firms by folded name."""
    shown: dict[str, str] = field(default_factory=dict)
    """A name of each firm by id, for messages."""
    new: dict[str, str] = field(default_factory=dict)
    """Names of the newly registered firms by id."""
    taken: dict[str, str] = field(default_factory=dict)
    """Ids of registered firms by the name that matched them."""
    _cores: dict[str, str] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def know(self, id_: str, names: Iterable[str]) -> None:
        """Add a registered firm with its names."""
        for name in names:
            self.names.setdefault(folded(name), id_)
            self.shown.setdefault(id_, name)
            self._cores.setdefault(id_, core(name))

    def prepare(self, items: Iterable[Row | PolicytrackError]) -> Iterator[Row | PolicytrackError]:
        """Yield the rows with firm ids instead of names, each after the registrations that it needs."""
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
                firm_name = holder[name]
                resolved = self._resolve(firm_name, item, path)
                if isinstance(resolved, UnknownId):
                    refused = True
                    if firm_name not in self._refused:  # report each name once, however many rows have it
                        self._refused.add(firm_name)
                        yield resolved
                    continue
                if resolved not in self.shown:
                    self.know(resolved, [firm_name])
                    self.new[resolved] = firm_name
                    yield _registration(resolved, firm_name, item, path)
                holder[name] = resolved
            yield replace(item, is_broken=True) if refused else item

    def _resolve(self, name: str, row: Row, path: FieldPath) -> str | UnknownId:
        if name in self.shown or _ID.fullmatch(name):
            return name if name in self.shown else self._unknown(name, [], row, path)
        same = self.firms.same.get(name) or self.names.get(folded(name))
        if same is not None:
            if same not in self.new:
                self.taken.setdefault(name, same)
            return same
        slug = suggest_slug(name)
        if name not in self.firms.distinct and (near := self._alike(name, slug)):
            return self._unknown(name, near, row, path)
        return slug or self._unknown(name, [], row, path)

    def _alike(self, name: str, slug: str) -> list[str]:
        """Return the ids of up to three firms with similar names, most similar first."""
        from rapidfuzz import fuzz, process  # slow to load, and most imports register no firm

        words = core(name)
        matches = process.extract_iter(words, self._cores, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        scored = [(-score, id_) for near, score, id_ in matches if not _numbered_apart(words, near)]
        near = [id_ for _, id_ in heapq.nsmallest(3, scored)]
        # Two dissimilar names can still give one id, for instance if they differ only in a legal form.
        return near if near or slug not in self.shown else [slug]

    def _unknown(self, name: str, near: list[str], row: Row, path: FieldPath) -> UnknownId:
        if near:
            close = ", ".join(f"{id_} ({self.shown[id_]})" for id_ in near)
            hint = f"similar: {close}; write the id, or add the name under [firms] of the map (same or distinct)"
        elif _ID.fullmatch(name):
            hint = "register the firm first, or write its name instead of an id to register it"
        else:
            hint = "register the firm with an id of your choice: none can be derived from this name"
        return UnknownId(f"no firm is called {name[:60]!r}", hint=hint, place=row.locate(path), candidates=tuple(near))


def folded(name: str) -> str:
    """Return the letters and digits of a name in lower case; equal folded names are the same name."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in plain if character.isalnum())


def core(name: str) -> str:
    """Return the words of a name in lower case, without accents and legal forms."""
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
    """Yield every field that names a firm: its path, the mapping that holds it, and its key there."""
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
    """Skips registrations of ids that the ledger already has: every edition of a table repeats them."""

    registered: Mapping[str, Mapping[str, tuple[str | None, tuple[str, ...]]]]
    """Country and names of each id, by kind."""
    count: int = 0
    differing: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By kind and id: the name or country in the ledger, and the differing one in the table."""

    def without_registered(self, items: Iterable[Row | PolicytrackError]) -> Iterator[Row | PolicytrackError]:
        """Yield the rows without registrations of ids that the ledger has.

        A facility in another country is refused: ids are often derived from names, and a plant of the same name in
        another country is another plant. Another name, or another country of a firm, is only noted in `differing`.
        """
        for item in items:
            registered = self._registers(item) if isinstance(item, Row) else None
            if registered is None or not isinstance(item, Row):
                yield item
                continue
            kind, id_ = registered
            self.count += 1
            country, names = self.registered[kind][id_]
            row_country, name = item.fields.get("country"), item.fields.get("name")
            is_elsewhere = isinstance(row_country, str) and country is not None and row_country != country
            if is_elsewhere and kind == "facility":
                what = f"the row registers {id_} in {row_country}, but in the ledger it is in {country}"
                hint = (
                    "if these are two facilities, derive the id from more columns; if the ledger is wrong, correct the"
                    " registration"
                )
                yield MalformedInput(what, hint=hint, place=item.locate(("country",)))
            elif is_elsewhere:
                self.differing.setdefault(f"{kind} {id_}", (str(country), str(row_country)))
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
