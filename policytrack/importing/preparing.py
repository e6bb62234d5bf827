"""Prepares the rows of an import before validation: adds the source, registers what is missing, skips known ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from policytrack.importing.event_row import Row
from policytrack.importing.firm_names import PassedOver, Registrar
from policytrack.importing.missing_things import ThingRegistrar
from policytrack.importing.tables.map_file import Firms, Map

if TYPE_CHECKING:
    from policytrack.errors import PolicytrackError

_SHOWN = 20


class Preparing:
    """Prepares the rows of each file of an import, and reports afterwards what it changed.

    `registered` are the rows of the query `registered`: what the ledger registers, of which the registrars learn
    the ids and names. `source` are the fields of the source for rows without one.
    """

    def __init__(
        self, registered: Iterable[dict[str, Any]], map_: Map | None, *, source: dict[str, Any] | None, register: bool
    ) -> None:
        self._source = source
        self._registrar = Registrar(map_.firms if map_ is not None else Firms()) if register else None
        self._things = ThingRegistrar() if register else None
        self.passes_over_registered = False
        self._passed_over = PassedOver(self._known(registered))

    def _known(self, registered: Iterable[dict[str, Any]]) -> dict[str, dict[str, tuple[str | None, tuple[str, ...]]]]:
        """Return country and names of the registered ids, by kind and id. The registrars learn them."""
        known: dict[str, dict[str, tuple[str | None, tuple[str, ...]]]] = {}
        for row in registered:
            names = (row["name"], *(row["names"] or ()))
            known.setdefault(row["kind"], {})[row["id"]] = row["country_code"], names
            if self._registrar is not None and row["kind"] == "firm":
                self._registrar.know(row["id"], names)
            if self._things is not None:
                self._things.know(row["kind"], row["id"])
        return known

    def __call__(self, items: Iterator[Row | PolicytrackError]) -> Iterator[Row | PolicytrackError]:
        """Return the rows, prepared one by one as they are read."""
        # Skip first: a registration that is skipped needs no source, and its firm is not new.
        if self.passes_over_registered:
            items = self._passed_over.without_registered(items)
        if self._source is not None:
            items = _with_source(items, self._source)
        if self._things is not None:
            items = self._things.prepare(items)
        return self._registrar.prepare(items) if self._registrar is not None else items

    def lines(self) -> Iterator[str]:
        """Yield which names matched which firms, which firms are new, and which registrations were skipped."""
        if count := self._passed_over.count:
            skipped = (
                "1 registration skipped: its id is" if count == 1 else f"{count} registrations skipped: their ids are"
            )
            yield f"{skipped} already registered"
        differing = self._passed_over.differing
        for id_, (ours, theirs) in list(differing.items())[:_SHOWN]:
            yield f"warning: {id_} is {ours!r} in the ledger and {theirs!r} in the table: the ledger is unchanged"
        if len(differing) > _SHOWN:
            yield f"warning: … and {len(differing) - _SHOWN} more that differ from the table"
        if self._registrar is None or self._things is None:
            return
        yield from self._things.lines(_SHOWN)
        for verb, ids in (("matched to", self._registrar.taken), ("registered as", _by_name(self._registrar.new))):
            for name, id_ in list(ids.items())[:_SHOWN]:
                yield f"{name} is {verb} {id_}"
            if len(ids) > _SHOWN:
                yield f"… and {len(ids) - _SHOWN} more"


def _with_source(items: Iterator[Row | PolicytrackError], source: dict[str, Any]) -> Iterator[Row | PolicytrackError]:
    for item in items:
        if isinstance(item, Row) and not item.fields.get("sources"):
            item.fields["sources"] = [dict(source)]
        yield item


def _by_name(new: dict[str, str]) -> dict[str, str]:
    return {name: id_ for id_, name in new.items()}
