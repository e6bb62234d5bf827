"""Prepares the rows of an import by the options of the command line: `--source`, `--register-missing`, `--map`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policytrack.cli.context import Context
    from policytrack.importing.preparing import Preparing
    from policytrack.importing.tables.map_file import Map
    from policytrack.ledger import Ledger


def preparing(context: Context, ledger: Ledger, map_: Map | None, *, source: str | None, register: bool) -> Preparing:
    """Return the preparation of rows. Raises `MalformedInput` for an unknown part of `source`."""
    from policytrack.api.importing import registered
    from policytrack.importing.preparing import Preparing

    fields = read_source(source) if source else None
    return Preparing(registered(ledger, notes=context.note), map_, source=fields, register=register)


def read_source(text: str) -> dict[str, Any]:
    """Return the fields of a source from the text of --source. Raises `MalformedInput` for an unknown part."""
    from policytrack.cli.event_options import options_of, read_parts
    from policytrack.events import EVENT_TYPES, Source

    option = next(one for one in options_of(next(iter(EVENT_TYPES.values()))) if one.name == "sources")
    return read_parts(option, Source, text)
